import { randomBytes } from 'node:crypto';
import { busTopics } from '@allora/contracts/catalog';
import type { SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { CommittedBody } from '@allora/contracts/gen/allora/signing/v1/signing';
import { WindowStage } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexProof, noSalt } from '../src/testing';
import {
  beginReveals,
  commitAll,
  commitmentRecord,
  committer,
  commitTo,
  hashOf,
  signCommitment,
  signReveal,
  stateOf,
} from './commit-reveal';
import { type LogHarness, startLog, until } from './log-harness';
import { place } from './replica';

const bytes = (length: number) => new Uint8Array(randomBytes(length));

describe.each(['embedded', 'kafka'] as const)('commitments and reveals on the %s bus', (bus) => {
  let log: LogHarness;
  beforeAll(async () => {
    log = await startLog(bus);
  });
  afterAll(async () => log?.close());

  const refusal = (outcome: Promise<unknown>, code: string, facts: object = {}) =>
    expect(outcome).rejects.toMatchObject({ code, facts });
  const valuesOf = async (topicId: number, nonce: number) =>
    (await log.setOf(topicId, nonce)).flatMap((part) => part.inferences);

  it('puts into the set what was revealed, and only that', async () => {
    const [author, silent] = [committer(log, 1, [10]), committer(log, 1, [10])];
    const value = { topicId: 1, nonce: 10, value: '1.50' };
    const [mine, unrevealed] = [commitTo(author, value), commitTo(silent, value)];
    const [receipt] = await commitAll(log, [mine, unrevealed]);
    expect(receipt).toMatchObject({
      topicId: 1,
      nonce: 10,
      author: author.address,
      hash: hashOf(mine.commitment),
    });
    expect(await log.intake.find(receipt!.hash)).toMatchObject({ state: 1, commitment: true });

    await beginReveals(log, 1, 10);
    expect(await stateOf(log, unrevealed.commitment)).toBe('IN_SET');
    const revealed = await log.intake.acceptSigned(mine.reveal);
    expect(await log.intake.find(revealed.hash)).toMatchObject({ commitment: false });
    await log.closeWindow(1, 10);
    const set = await valuesOf(1, 10);
    expect(set).toMatchObject([{ ...value, inferer: author.address }]);
    expect(set.map(({ salt }) => Buffer.from(salt))).toEqual([Buffer.from(mine.salt)]);
    expect(await stateOf(log, mine.reveal)).toBe('IN_SET');
    expect(await stateOf(log, unrevealed.reveal)).toBe('UNSPECIFIED');
    await refusal(log.intake.acceptSigned(unrevealed.reveal), 'WINDOW_CLOSED', { stage: 'CLOSED' });
    for (const signed of [mine.commitment, mine.reveal]) await log.intake.acceptSigned(signed);
  });

  it('takes commitments as JSON too, and knows what they are to by their path', async () => {
    const author = committer(log, 1, [20]);
    const { commitment } = commitTo(author, { topicId: 1, nonce: 20, value: '1' });
    const hash = bytes(32);
    const fields = { nonce: 20, worker: author.address, hash: Buffer.from(hash).toString('hex') };
    const json = { ...fields, ...hexProof(signCommitment(author, { topicId: 1, nonce: 20 }, hash)) };
    const receipt = await log.intake.acceptCommitment(1, json);
    expect(receipt).toMatchObject({ topicId: 1, nonce: 20, author: author.address });
    expect(await log.intake.acceptCommitment(1, json)).toMatchObject({
      hash: receipt.hash,
      logOffset: receipt.logOffset,
    });
    await refusal(log.intake.acceptSigned(commitment), 'CONFLICTING_REPEAT');
    for (const change of [{ hash: 'ab' }, { hash: undefined }, { worker: 'x' }, { note: 1 }, { value: '1' }])
      await refusal(log.intake.acceptCommitment(1, { ...json, ...change }), 'MALFORMED', { errors: [{}] });
  });

  it('lets nobody copy', async () => {
    const [author, thief, late] = [committer(log, 2, [10]), committer(log, 2, [10]), committer(log, 2, [10])];
    const value = { topicId: 2, nonce: 10, value: '7' };
    const mine = commitTo(author, value);
    const copied = signCommitment(thief, value, messageHash(mine.reveal.payload));
    await Promise.all([mine.commitment, copied].map((signed) => log.intake.acceptSigned(signed)));
    // Another's commitment as it stands, under a key of one's own.
    await refusal(log.intake.acceptSigned({ ...copied, payload: mine.commitment.payload }), 'BAD_SIGNATURE');
    await beginReveals(log, 2, 10);
    const receipt = await log.intake.acceptSigned(mine.reveal);
    await refusal(log.intake.acceptSigned(signReveal(thief, value, mine.salt)), 'NO_COMMITMENT');
    await refusal(log.intake.acceptSigned(signReveal(late, value, mine.salt)), 'NO_COMMITMENT');
    const { publicKey } = copied;
    await refusal(log.intake.acceptSigned({ ...mine.reveal, publicKey }), 'BAD_SIGNATURE');
    // Whoever sends the author's own bytes learns what the author was answered.
    expect(place(await log.intake.acceptSigned(mine.reveal))).toEqual(place(receipt));
    await log.closeWindow(2, 10);
    expect((await valuesOf(2, 10)).map(({ inferer }) => inferer)).toEqual([author.address]);
  });

  it('keeps no trace of a value that comes while commitments are taken', async () => {
    const author = committer(log, 3, [10]);
    const mine = commitTo(author, { topicId: 3, nonce: 10, value: '42.424242' });
    await commitAll(log, [mine]);
    await refusal(log.intake.acceptSigned(mine.reveal), 'WINDOW_CLOSED', { stage: 'COMMIT' });
    await refusal(log.submit(author, { topicId: 3, nonce: 10, value: '42.424242' }), 'MALFORMED');
    expect(await log.intake.find(hashOf(mine.reveal))).toMatchObject({ receipt: undefined, state: 0 });
    await beginReveals(log, 3, 10);
    await log.closeWindow(3, 10);
    expect(await valuesOf(3, 10)).toEqual([]);
    const rows = await log.app.database.prisma.$queryRaw<unknown[]>`
      SELECT FROM inference_ingest.receipts WHERE topic_id = 3
      UNION ALL SELECT FROM inference_ingest.submissions WHERE topic_id = 3`;
    expect(rows).toEqual([]);
  });

  it('takes no value before all commitments are read back, whatever the owner says', async () => {
    const author = committer(log, 4, [10]);
    log.owner.stages.set('4/10', WindowStage.REVEAL);
    const mine = commitTo(author, { topicId: 4, nonce: 10, value: '1' });
    await refusal(log.intake.acceptSigned(mine.reveal), 'UNAVAILABLE', { retryAfterSeconds: 1 });
    await refusal(log.intake.acceptSigned(mine.commitment), 'WINDOW_CLOSED', { stage: 'REVEAL' });
    // On the log in time, by a replica that had not heard of it.
    const named = { topicId: 4, nonce: 10, value: '1' };
    await log.self.append(busTopics.inferenceSubmissions, [commitmentRecord(author, named, mine.commitment)]);
    await beginReveals(log, 4, 10);
    expect(await log.intake.acceptSigned(mine.reveal)).toMatchObject({ author: author.address });
  });

  it('does not count a commitment behind the seal', async () => {
    const [early, late] = [committer(log, 5, [10]), committer(log, 5, [10])];
    const value = { topicId: 5, nonce: 10, value: '5' };
    const [first, second] = [commitTo(early, value), commitTo(late, value)];
    await commitAll(log, [first]);
    await beginReveals(log, 5, 10);
    const another = commitTo(early, { ...value, value: '6' });
    const again: SubmissionRecord = {
      record: { $case: 'commitmentsSeal', value: { topicId: 5, nonce: 10, closedHeight: 15 } },
    };
    await log.self.append(busTopics.inferenceSubmissions, [
      commitmentRecord(late, value, second.commitment),
      commitmentRecord(early, value, another.commitment),
      again,
    ]);
    await until(async () => (await stateOf(log, second.commitment)) === 'LATE');
    expect(await log.intake.find(hashOf(another.commitment))).toMatchObject({
      supersededBy: hashOf(first.commitment),
      commitment: true,
    });
    await refusal(log.intake.acceptSigned(second.reveal), 'NO_COMMITMENT');
    await refusal(log.intake.acceptSigned(another.reveal), 'NO_COMMITMENT');
    await log.intake.acceptSigned(first.reveal);
    await refusal(log.intake.acceptSigned(commitTo(late, value).commitment), 'WINDOW_CLOSED', {
      stage: 'REVEAL',
    });
    await log.closeWindow(5, 10);
    expect((await valuesOf(5, 10)).map(({ value: text }) => text)).toEqual(['5']);
  });

  it('answers the same bytes with the first receipt, of commitments and of values', async () => {
    const author = committer(log, 6, [10]);
    const mine = commitTo(author, { topicId: 6, nonce: 10, value: '6' });
    const accept = async (signed: typeof mine.reveal) => place(await log.intake.acceptSigned(signed));
    const [committed, twin] = await Promise.all([accept(mine.commitment), accept(mine.commitment)]);
    expect(twin).toEqual(committed);
    await beginReveals(log, 6, 10);
    expect(await accept(mine.commitment)).toEqual(committed);
    const revealed = await accept(mine.reveal);
    expect(revealed.hash).not.toBe(committed.hash);
    await log.closeWindow(6, 10);
    await log.setOf(6, 10);
    expect(await accept(mine.commitment)).toEqual(committed);
    expect(await accept(mine.reveal)).toEqual(revealed);
  });

  it('keeps commitments of two nonces apart', async () => {
    const author = committer(log, 7, [10, 11]);
    const [one, other] = [10, 11].map((nonce) => commitTo(author, { topicId: 7, nonce, value: '1' }));
    await commitAll(log, [one!, other!]);
    await beginReveals(log, 7, 10);
    await log.intake.acceptSigned(one!.reveal);
    await refusal(log.intake.acceptSigned(other!.reveal), 'WINDOW_CLOSED', { stage: 'COMMIT' });
    await refusal(
      log.intake.acceptSigned(signReveal(author, { topicId: 7, nonce: 10, value: '2' }, one!.salt)),
      'NO_COMMITMENT',
    );
  });
});

describe('what is refused of commitments and reveals', () => {
  let log: LogHarness;
  beforeAll(async () => {
    log = await startLog('embedded', { maxPayloadBytes: 512 });
    committer(log, 2, [10, 20]);
    await beginReveals(log, 2, 20);
  });
  afterAll(async () => log?.close());

  const opened = { topicId: 2, nonce: 10, value: '1' };
  const revealing = { topicId: 2, nonce: 20, value: '1' };
  const worker = () => committer(log, 2, [10]);
  const plain = () => log.worker(1, [10]);

  it.each<[string, string, () => Parameters<LogHarness['intake']['acceptSigned']>[0]]>([
    [
      'a commitment to a forecast',
      'MALFORMED',
      () => signCommitment(worker(), opened, bytes(32), CommittedBody.FORECAST),
    ],
    [
      'a commitment to nothing',
      'MALFORMED',
      () => signCommitment(worker(), opened, bytes(32), CommittedBody.UNSPECIFIED),
    ],
    ['a commitment with half a hash', 'MALFORMED', () => signCommitment(worker(), opened, bytes(16))],
    ['a commitment without a hash', 'MALFORMED', () => signCommitment(worker(), opened, bytes(0))],
    ['a salt of 31 bytes', 'MALFORMED', () => signReveal(worker(), revealing, bytes(31))],
    ['a value without its salt', 'MALFORMED', () => signReveal(worker(), revealing, noSalt)],
    [
      'a salt where nothing is committed to',
      'MALFORMED',
      () => signReveal(plain(), { ...opened, topicId: 1 }, bytes(32)),
    ],
    [
      'a missing salt before a missing registration',
      'MALFORMED',
      () => signReveal(createAccount(), opened, noSalt),
    ],
    [
      'a commitment over the limit',
      'TOO_LARGE',
      () => ({ ...signCommitment(worker(), opened, bytes(32)), payload: bytes(513) }),
    ],
    [
      'a commitment in no topic',
      'UNKNOWN_TOPIC',
      () => signCommitment(worker(), { ...opened, topicId: 99 }, bytes(32)),
    ],
    ["a stranger's commitment", 'NOT_REGISTERED', () => signCommitment(createAccount(), opened, bytes(32))],
    ["a stranger's value", 'NOT_REGISTERED', () => signReveal(createAccount(), revealing, bytes(32))],
    [
      'a commitment under another key',
      'BAD_SIGNATURE',
      () => ({ ...signCommitment(worker(), opened, bytes(32)), publicKey: worker().publicKey }),
    ],
    [
      'a commitment where values are told at once',
      'WINDOW_CLOSED',
      () => signCommitment(plain(), { ...opened, topicId: 1 }, bytes(32)),
    ],
    [
      'a commitment to a nonce that is not open',
      'WINDOW_CLOSED',
      () => signCommitment(worker(), { ...opened, nonce: 11 }, bytes(32)),
    ],
    ['a commitment after its time', 'WINDOW_CLOSED', () => signCommitment(worker(), revealing, bytes(32))],
    [
      'a value before its time, though it is not allowed',
      'WINDOW_CLOSED',
      () => signReveal(worker(), { ...opened, value: '-1' }, bytes(32)),
    ],
    [
      'a value that nobody committed to, though it is not allowed',
      'NO_COMMITMENT',
      () => signReveal(worker(), { ...revealing, value: '-1' }, bytes(32)),
    ],
  ])('%s is %s', async (_, code, signed) => {
    await expect(log.intake.acceptSigned(signed())).rejects.toMatchObject({ code });
  });

  it('a value that was committed to is judged all the same', async () => {
    const author = committer(log, 3, [10]);
    const mine = commitTo(author, { topicId: 3, nonce: 10, value: '-1' });
    await log.intake.acceptSigned(mine.commitment);
    await beginReveals(log, 3, 10);
    await expect(log.intake.acceptSigned(mine.reveal)).rejects.toMatchObject({ code: 'VALUE_NOT_ALLOWED' });
  });
});
