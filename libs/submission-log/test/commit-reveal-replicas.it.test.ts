import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { beginReveals, committer, commitTo, stateOf } from './commit-reveal';
import { type LogHarness, startLog, until } from './log-harness';
import { newPrefix, place } from './replica';

const limitMs = 120_000;
const prefix = newPrefix();
const NONCE = 10;

describe('two replicas that take commitments', () => {
  let database: TestDatabase;
  let one: LogHarness;
  let other: LogHarness;

  beforeAll(async () => {
    database = await createTestDatabase();
    const shared = { databaseUrl: database.url, busTopicPrefix: prefix, networkKey: '2a'.repeat(32) };
    one = await startLog('kafka', shared);
    other = await startLog('kafka', { ...shared, coordinatorGrpcAddress: one.app.grpcAddress });
  }, limitMs);
  afterAll(async () => {
    await other?.close();
    await one?.close();
    await database?.drop();
    const brokers = (await ensureStack({ parts: ['kafka'] })).kafkaBrokers.split(',');
    await deleteTopicsOf(brokers, prefix);
  }, limitMs);

  it('answer the same bytes alike, and reveal what the other one took', async () => {
    const authors = Array.from({ length: 20 }, () => committer(one, 1, [NONCE]));
    const committed = authors.map((author) => commitTo(author, { topicId: 1, nonce: NONCE, value: '1' }));
    await Promise.all(
      committed.map(async ({ commitment }) => {
        const [first, second] = await Promise.all(
          [one, other].map((log) => log.intake.acceptSigned(commitment)),
        );
        expect(place(second!)).toEqual(place(first!));
      }),
    );
    await beginReveals(one, 1, NONCE);
    const receipts = await Promise.all(
      committed.map(({ reveal }, n) => (n % 2 === 0 ? one : other).intake.acceptSigned(reveal)),
    );
    for (const [n, { reveal }] of committed.entries())
      expect(place(await (n % 2 === 0 ? other : one).intake.acceptSigned(reveal))).toEqual(
        place(receipts[n]!),
      );
  });

  it('hold an author of two commitments to the one that stands first, wherever it is revealed', async () => {
    const authors = Array.from({ length: 20 }, () => committer(one, 2, [NONCE]));
    const pairs = authors.map((author) =>
      ['1', '2'].map((value) => commitTo(author, { topicId: 2, nonce: NONCE, value })),
    );
    // Each may be taken, at once; the log tells which counts.
    await Promise.all(
      pairs.flatMap(([first, second]) => [
        one.intake.acceptSigned(first!.commitment).catch(() => undefined),
        other.intake.acceptSigned(second!.commitment).catch(() => undefined),
      ]),
    );
    await beginReveals(one, 2, NONCE);
    for (const pair of pairs) {
      const outcomes = await Promise.allSettled(
        pair.flatMap(({ reveal }) => [one, other].map((log) => log.intake.acceptSigned(reveal))),
      );
      const states = await Promise.all(pair.map(({ commitment }) => stateOf(one, commitment)));
      expect(states).toContain('IN_SET');
      outcomes.forEach((outcome, n) => {
        const counts = states[Math.floor(n / 2)] === 'IN_SET';
        if (outcome.status === 'fulfilled') expect(counts).toBe(true);
        else expect([counts, outcome.reason]).toMatchObject([false, { code: 'NO_COMMITMENT' }]);
      });
    }
  });

  it('end commitments together', async () => {
    const author = committer(one, 3, [NONCE]);
    await one.intake.acceptSigned(commitTo(author, { topicId: 3, nonce: NONCE, value: '1' }).commitment);
    await beginReveals(one, 3, NONCE);
    const late = commitTo(committer(one, 3, [NONCE]), { topicId: 3, nonce: NONCE, value: '1' });
    for (const log of [one, other])
      await until(async () => {
        const refused: unknown = await log.intake
          .acceptSigned(late.commitment)
          .catch((error: unknown) => error);
        return (refused as { facts?: { stage?: string } }).facts?.stage === 'REVEAL';
      });
  });
});
