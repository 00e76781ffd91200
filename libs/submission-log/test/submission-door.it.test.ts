import { EventEmitter, once } from 'node:events';
import { busTopics } from '@allora/contracts/catalog';
import { EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { receiptJson } from '../src/receipt-json';
import type { SignedReceipt } from '../src/receipt-signer';
import { noSalt, signBody, signedJson } from '../src/testing';
import {
  chainId,
  closing,
  type LogHarness,
  params,
  signInference,
  startLog,
  topicOf,
  until,
} from './log-harness';

describe('the door of a submission log', () => {
  let log: LogHarness;
  beforeAll(async () => {
    log = await startLog('embedded', {
      maxInflightSubmissions: 3,
      // The first submission pays for what is loaded and connected at first use, up to a second on a busy machine.
      appendTimeoutMs: 1_500,
      maxPayloadBytes: 256,
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    log.owner.reachable = true;
  });
  afterAll(async () => log?.close());

  const submission = (nonce: number, value = '1') => ({ topicId: 1, nonce, value });

  it('takes JSON and signed bytes for the same thing', async () => {
    const worker = log.worker(1, [10]);
    const value = { ...submission(10), inferer: worker.address, salt: noSalt };
    const receipt = await log.intake.acceptJson(
      1,
      signedJson(worker, chainId, { $case: 'inference', value }),
    );
    expect(receipt).toMatchObject({ topicId: 1, nonce: 10, author: worker.address });
    expect(receipt.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(receiptJson((await log.submit(worker, submission(10))) as SignedReceipt)).toEqual(receipt);
  });

  describe('refuses', () => {
    const refusal = (outcome: Promise<unknown>, code: string) =>
      expect(outcome).rejects.toMatchObject({ code });

    it.each<[string, Record<string, unknown>]>([
      ['a missing field', { value: undefined }],
      ['a number in place of its text', { value: 1.5 }],
      ['an unknown field', { note: 'x' }],
      ['an address of another chain', { inferer: 'cosmos1xyz' }],
      ['a negative nonce', { nonce: -1 }],
      ['a signature of a wrong length', { signature: 'ab' }],
      ['a key in upper case', { publicKey: 'AB'.repeat(33) }],
    ])('%s as MALFORMED', async (_, change) => {
      const worker = log.worker(1, [10]);
      const value = { ...submission(10), inferer: worker.address, salt: noSalt };
      const body = { ...signedJson(worker, chainId, { $case: 'inference', value }), ...change };
      const outcome = log.intake.acceptJson(1, JSON.parse(JSON.stringify(body)));
      await expect(outcome).rejects.toMatchObject({ code: 'MALFORMED', facts: { errors: [{}] } });
    });

    it('signed bytes that are not canonical, or hold something else, as MALFORMED', async () => {
      const worker = log.worker(1, [10]);
      const { payload, ...proof } = signInference(worker, submission(10));
      const padded = new Uint8Array([...payload, 0x78, 0x01]); // a further field 15
      await refusal(log.intake.acceptSigned({ ...proof, payload: padded }), 'MALFORMED');
      await refusal(log.intake.acceptSigned({ ...proof, payload: payload.slice(0, -1) }), 'MALFORMED');
      await refusal(
        log.intake.acceptSigned({ ...proof, payload, publicKey: new Uint8Array(32) }),
        'MALFORMED',
      );
      await refusal(log.intake.acceptSigned(undefined), 'MALFORMED');
      const other = {
        $case: 'stakeDeposit',
        value: { topicId: 1, reputer: 'x', amountUallo: '1', requestId: 'r' },
      } as const;
      await refusal(log.intake.acceptSigned(signBody(worker, chainId, other)), 'MALFORMED');
    });

    it('a payload over the limit as TOO_LARGE', async () => {
      await refusal(log.submit(log.worker(1, [10]), submission(10, '1'.repeat(300))), 'TOO_LARGE');
    });

    it('a topic that its owner does not know as UNKNOWN_TOPIC', async () => {
      await refusal(log.submit(createAccount(), { topicId: 99, nonce: 10, value: '1' }), 'UNKNOWN_TOPIC');
    });

    it('an author who is not registered as NOT_REGISTERED', async () => {
      await refusal(log.submit(createAccount(), submission(10)), 'NOT_REGISTERED');
    });

    it("another's signature, another chain and altered bytes as BAD_SIGNATURE", async () => {
      const [worker, thief] = [log.worker(1, [10]), createAccount()];
      const value = { ...submission(10), inferer: worker.address, salt: noSalt };
      await refusal(
        log.intake.acceptSigned(signBody(thief, chainId, { $case: 'inference', value })),
        'BAD_SIGNATURE',
      );
      const elsewhere = signBody(worker, 'allora-other-1', { $case: 'inference', value });
      await refusal(log.intake.acceptSigned(elsewhere), 'BAD_SIGNATURE');
      const body = signedJson(worker, chainId, { $case: 'inference', value });
      await refusal(log.intake.acceptJson(1, { ...body, value: '2' }), 'BAD_SIGNATURE');
    });

    it('a nonce whose window is not open, or no longer, as WINDOW_CLOSED', async () => {
      const worker = log.worker(1, [30]);
      await refusal(log.submit(worker, submission(29)), 'WINDOW_CLOSED');
      await log.coordinator.append(busTopics.epochs, [closing(1, 30)]);
      await log.setOf(1, 30);
      // The owner still says that it is open: its closing has been told here, and that is final.
      await refusal(log.submit(worker, submission(30)), 'WINDOW_CLOSED');
    });

    it('a value that the topic does not allow as VALUE_NOT_ALLOWED', async () => {
      for (const value of ['-1', 'NaN', '1e999', '']) {
        await refusal(log.submit(log.worker(1, [10]), submission(10, value)), 'VALUE_NOT_ALLOWED');
      }
    });

    it('a second, different submission as CONFLICTING_REPEAT', async () => {
      const worker = log.worker(1, [10]);
      await log.submit(worker, submission(10, '1'));
      await refusal(log.submit(worker, submission(10, '2')), 'CONFLICTING_REPEAT');
    });

    it('everything new as UNAVAILABLE while it cannot ask, but nothing that it knows', async () => {
      const known = log.worker(1, [10]);
      await log.submit(known, submission(10));
      log.owner.reachable = false;
      await refusal(log.submit(log.worker(1, [10]), submission(10)), 'UNAVAILABLE');
      expect(await log.submit(known, submission(10))).toMatchObject({ author: known.address });
    });

    it('with UNAVAILABLE when the log fails, and takes the repeat', async () => {
      const worker = log.worker(1, [10]);
      vi.spyOn(log.app.transport, 'append').mockRejectedValueOnce(new Error('no brokers'));
      await refusal(log.submit(worker, submission(10)), 'UNAVAILABLE');
      expect(await log.submit(worker, submission(10))).toMatchObject({ author: worker.address });
    });
  });

  it('gives up waiting for a slow log, counts what is under way, and lets a repeat join it', async () => {
    const append = log.app.transport.append.bind(log.app.transport);
    const gate = new EventEmitter();
    const held = once(gate, 'open');
    vi.spyOn(log.app.transport, 'append').mockImplementation(async (...given) =>
      held.then(() => append(...given)),
    );
    const workers = [1, 2, 3].map(() => log.worker(1, [10]));
    const waiting = await Promise.allSettled(workers.map((worker) => log.submit(worker, submission(10))));
    expect(waiting.map((one) => (one as PromiseRejectedResult).reason as unknown)).toMatchObject(
      workers.map(() => ({
        code: 'UNAVAILABLE',
        message: 'the log takes too long',
        facts: { retryAfterSeconds: 1 },
      })),
    );
    await expect(log.submit(log.worker(1, [10]), submission(10))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'too many submissions are in flight',
    });
    gate.emit('open');
    const inflight = log.app
      .get(MetricsRegistry)
      .getSingleMetric('allora_inference_ingest_inflight_submissions');
    await until(async () => (await inflight!.get()).values[0]?.value === 0);
    const receipts = await Promise.all(workers.map((worker) => log.submit(worker, submission(10))));
    expect(new Set(receipts.map(({ logOffset, logIndex }) => `${logOffset}/${logIndex}`)).size).toBe(3);
    const rows = await log.app.database.prisma.$queryRaw<{ author: string }[]>`
      SELECT author FROM inference_ingest.receipts WHERE topic_id = 1 AND nonce = 10`;
    for (const { address } of workers)
      expect(rows.filter(({ author }) => author === address)).toHaveLength(1);
  });

  it('asks the owner once, and not at all for what it was told', async () => {
    const asking = log.worker(2, [10, 11]);
    const before = log.owner.asked;
    await log.submit(asking, { topicId: 2, nonce: 10, value: '1' });
    expect(log.owner.asked - before).toBe(3);
    await log.submit(asking, { topicId: 2, nonce: 11, value: '1' });
    expect(log.owner.asked - before).toBe(4);

    const told = createAccount();
    const registration = { topicId: 3, address: told.address, role: Role.WORKER, height: 1, shadow: false };
    const opening = { ...closing(3, 10), phase: EpochPhase.WORKER_WINDOW_OPENED, height: 10 };
    await log.coordinator.append(busTopics.topics, [topicOf(3)]);
    await log.coordinator.append(busTopics.registrations, [
      registration,
      { ...registration, role: Role.REPUTER },
    ]);
    await log.coordinator.append(busTopics.epochs, [opening]);
    await until(async () => {
      const rows = await log.app.database.prisma.$queryRaw<{ known: boolean }[]>`
        SELECT EXISTS (SELECT FROM inference_ingest.known_topics WHERE topic_id = 3)
           AND EXISTS (SELECT FROM inference_ingest.known_registrations WHERE topic_id = 3)
           AND EXISTS (SELECT FROM inference_ingest.known_windows WHERE topic_id = 3) AS known`;
      return rows[0]!.known;
    });
    log.owner.reachable = false;
    expect(await log.submit(told, { topicId: 3, nonce: 10, value: '1' })).toMatchObject({ topicId: 3 });
    expect(params.allowNegative).toBe(false);
  });

  it('counts what it decides', async () => {
    const text = await log.app.get(MetricsRegistry).metrics();
    expect(text).toMatch(/allora_inference_ingest_accepted_total [1-9]/);
    expect(text).toMatch(/allora_inference_ingest_repeated_total [1-9]/);
    expect(text).toMatch(/allora_inference_ingest_refused_total\{code="BAD_SIGNATURE"\} 3/);
  });
});
