import { busTopics } from '@allora/contracts/catalog';
import { SubmissionState, type SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSalt } from '../src/testing';
import { closing, type LogHarness, params, signInference, startLog, until } from './log-harness';

interface StoredRow {
  author: string;
  late: boolean;
}

describe.each(['embedded', 'kafka'] as const)('a submission log on the %s bus', (bus) => {
  let log: LogHarness;
  beforeAll(async () => {
    log = await startLog(bus);
  });
  afterAll(async () => log?.close());

  const stored = (topicId: number, nonce: number) =>
    log.app.database.prisma.$queryRaw<StoredRow[]>`
      SELECT author, late FROM inference_ingest.submissions
      WHERE topic_id = ${String(topicId)}::bigint AND nonce = ${String(nonce)}::bigint ORDER BY author COLLATE "C"`;

  const accepted = (
    author: Account,
    submission: { topicId: number; nonce: number; value: string },
  ): SubmissionRecord => {
    const signed = signInference(author, submission);
    const { topicId, nonce } = submission;
    const record = {
      topicId,
      nonce,
      author: author.address,
      hash: messageHash(signed.payload),
      signed,
      acceptedAtMs: 1,
    };
    return { record: { $case: 'submission', value: record } };
  };
  const seal = (topicId: number, nonce: number): SubmissionRecord => ({
    record: {
      $case: 'seal',
      value: { topicId, nonce, settledNonce: undefined, params, closedHeight: nonce + 5, shadows: [] },
    },
  });

  it('puts in the set what stands before the seal, and marks late what follows', async () => {
    const [early, late] = [log.worker(1, [10]), log.worker(1, [10])];
    const first = await log.submit(early, { topicId: 1, nonce: 10, value: '1.50' });
    await log.closeWindow(1, 10, 3);
    const [set] = await log.setOf(1, 10);
    expect(set).toEqual({
      ...{ topicId: 1, nonce: 10, settledNonce: 3, params, part: 0, parts: 1 },
      inferences: [{ topicId: 1, nonce: 10, inferer: early.address, value: '1.50', salt: noSalt }],
      shadowInferences: [],
    });
    // Accepted by another replica in the very moment of closing: on the log, but behind the seal.
    const race = { topicId: 1, nonce: 10, value: '2' };
    await log.self.append(busTopics.inferenceSubmissions, [
      accepted(late, race),
      accepted(early, race),
      seal(1, 10),
    ]);
    await until(async () => (await stored(1, 10)).length === 2);
    expect(await stored(1, 10)).toEqual(
      [
        { author: early.address, late: false },
        { author: late.address, late: true },
      ].toSorted((a, b) => (a.author < b.author ? -1 : 1)),
    );
    const hashOf = (value: SubmissionRecord) =>
      value.record?.$case === 'submission' ? Buffer.from(value.record.value.hash).toString('hex') : '';
    expect(await log.intake.find(hashOf(accepted(late, race)))).toMatchObject({
      state: SubmissionState.LATE,
    });
    expect(await log.intake.find(hashOf(accepted(early, race)))).toMatchObject({
      state: SubmissionState.SUPERSEDED,
      supersededBy: first.hash,
    });
    await log.closeWindow(1, 12);
    await log.setOf(1, 12);
    expect(log.sets.filter(({ topicId, nonce }) => topicId === 1 && nonce === 10)).toHaveLength(1);
  });

  it('sets the submissions of shadows apart, as the seal names them', async () => {
    const workers = [0, 1, 2, 3].map(() => log.worker(9, [10]));
    for (const worker of workers) await log.submit(worker, { topicId: 9, nonce: 10, value: '1' });
    const addresses = workers.map(({ address }) => address).toSorted();
    const shadows = [addresses[0]!, addresses[2]!];
    await log.closeWindow(9, 10, undefined, [...shadows, 'allo1of-nobody-here']);
    const [set] = await log.setOf(9, 10);
    expect(set!.shadowInferences.map(({ inferer }) => inferer)).toEqual(shadows);
    expect(set!.inferences.map(({ inferer }) => inferer)).toEqual([addresses[1], addresses[3]]);
  });

  it('makes the same set of any order of arrival', async () => {
    const workers = Array.from({ length: 20 }, () => log.worker(2, [10]));
    for (const topicId of [2, 3]) {
      log.owner.topics.add(topicId);
      log.owner.windows.add(`${topicId}/10`);
      for (const { address } of workers) log.owner.registrations.add(`${topicId}/${address}`);
      const order = topicId === 2 ? workers : workers.toReversed();
      await Promise.all(
        order.map((worker) => log.submit(worker, { topicId, nonce: 10, value: valueOf(worker) })),
      );
      await log.closeWindow(topicId, 10);
    }
    const inferencesOf = async (topicId: number) =>
      (await log.setOf(topicId, 10)).flatMap((part) =>
        part.inferences.map(({ inferer, value }) => [inferer, value]),
      );
    const first = await inferencesOf(2);
    expect(first).toEqual(await inferencesOf(3));
    expect(first.map(([inferer]) => inferer)).toEqual(workers.map(({ address }) => address).toSorted());
  });
  const valueOf = ({ address }: Account) => String(address.charCodeAt(6));

  it('answers the same bytes with the first receipt, whenever they come again', async () => {
    const worker = log.worker(4, [10]);
    const submission = { topicId: 4, nonce: 10, value: '7' };
    const [first, twin] = await Promise.all([log.submit(worker, submission), log.submit(worker, submission)]);
    expect(twin).toEqual(first);
    expect(await log.submit(worker, submission)).toEqual(first);
    await until(async () => (await stored(4, 10)).length === 1);
    expect(await log.submit(worker, submission)).toEqual(first);
    await log.closeWindow(4, 10);
    await log.setOf(4, 10);
    expect(await log.submit(worker, submission)).toEqual(first);
  });

  it('refuses another submission for the same nonce; the first one counts', async () => {
    const worker = log.worker(5, [10]);
    const submissions = ['1', '2', '3'].map((value) => log.submit(worker, { topicId: 5, nonce: 10, value }));
    const outcomes = await Promise.allSettled(submissions);
    const codes = outcomes.map((one) =>
      one.status === 'rejected' ? (one.reason as { code: string }).code : 'accepted',
    );
    expect(codes.toSorted()).toEqual(['CONFLICTING_REPEAT', 'CONFLICTING_REPEAT', 'accepted']);
    await until(async () => (await stored(5, 10)).length === 1);
    const later = log.submit(worker, { topicId: 5, nonce: 10, value: '4' });
    await expect(later).rejects.toMatchObject({ code: 'CONFLICTING_REPEAT' });
    await log.closeWindow(5, 10);
    const [set] = await log.setOf(5, 10);
    expect(set?.inferences.map(({ value }) => value)).toEqual([String(codes.indexOf('accepted') + 1)]);
  });

  it('lets the log decide between two that replicas accepted at once', async () => {
    const worker = log.worker(6, [10]);
    const of = (value: string) => accepted(worker, { topicId: 6, nonce: 10, value });
    await log.self.append(busTopics.inferenceSubmissions, [of('1'), of('2'), of('1')]);
    await log.closeWindow(6, 10);
    expect((await log.setOf(6, 10))[0]?.inferences.map(({ value }) => value)).toEqual(['1']);
  });

  it('keeps two epochs apart that are open at once', async () => {
    const worker = log.worker(7, [10, 12]);
    await log.submit(worker, { topicId: 7, nonce: 12, value: '12' });
    await log.closeWindow(7, 10);
    await log.submit(log.worker(7, []), { topicId: 7, nonce: 12, value: '13' });
    const [empty] = await log.setOf(7, 10);
    expect(empty).toMatchObject({ inferences: [], part: 0, parts: 1 });
    const tooLate = log.submit(worker, { topicId: 7, nonce: 10, value: '10' });
    await expect(tooLate).rejects.toMatchObject({ code: 'WINDOW_CLOSED' });
    await log.closeWindow(7, 12, 10);
    const [full] = await log.setOf(7, 12);
    expect(full?.inferences.map(({ value }) => value).toSorted()).toEqual(['12', '13']);
    expect(full?.settledNonce).toBe(10);
  });

  it('keeps every value to its last digit, and the bytes as signed', async () => {
    const worker = log.worker(8, [10]);
    const value = '000123.45600000000000000000000000000001e-10';
    const signed = signInference(worker, { topicId: 8, nonce: 10, value });
    await log.intake.acceptSigned(signed);
    await log.closeWindow(8, 10);
    expect((await log.setOf(8, 10))[0]?.inferences[0]?.value).toBe(value);
    const [row] = await log.app.database.prisma.$queryRaw<{ payload: Uint8Array }[]>`
      SELECT payload FROM inference_ingest.submissions WHERE topic_id = 8`;
    expect(Buffer.from(row!.payload)).toEqual(Buffer.from(signed.payload));
    expect(SignedPayload.decode(row!.payload).chainId).toBe('allora-test-1');
  });

  it('tells a closing once, though the event is delivered twice', async () => {
    log.worker(9, [10]);
    await log.coordinator.append(busTopics.epochs, [closing(9, 10), closing(9, 10), closing(9, 20)]);
    await log.setOf(9, 20);
    expect(log.sets.filter(({ topicId, nonce }) => topicId === 9 && nonce === 10)).toHaveLength(1);
  });
});

describe('a set over the record limit', () => {
  let log: LogHarness;
  beforeAll(async () => {
    log = await startLog('embedded', { maxSetPartBytes: 1024 });
  });
  afterAll(async () => log?.close());

  it('comes in numbered parts, in order', async () => {
    const workers = Array.from({ length: 40 }, () => log.worker(1, [10]));
    await Promise.all(workers.map((worker) => log.submit(worker, { topicId: 1, nonce: 10, value: '1' })));
    await log.closeWindow(1, 10);
    const parts = await log.setOf(1, 10);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, i) => i));
    expect(parts.flatMap((part) => part.inferences.map(({ inferer }) => inferer))).toEqual(
      workers.map(({ address }) => address).toSorted(),
    );
  });
});
