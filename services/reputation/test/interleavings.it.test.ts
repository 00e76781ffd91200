import 'reflect-metadata';
import type { UnitOfWork } from '@allora/bus/service-bus';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { Log } from '@allora/service-kit/log';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Database } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InputPart, ScoringInputsStore } from '../src/inputs.store';
import { ReputationMetrics } from '../src/metrics';
import { SCORING_INPUTS, type ScoringInput } from '../src/next-epoch';
import { inputPart } from '../src/scoring-inputs.handler';
import { StandingStore } from '../src/standing.store';
import { TopicScoring } from '../src/topic-scoring';
import { epochLogs, EPOCHS, randomNumbers, SILENT_EPOCH, UNREPORTED_EPOCH } from './epoch-logs';

const TOPIC = 7;
const logs = epochLogs(TOPIC);
const records: Record<ScoringInput, InputPart[]> = {
  loss_set: logs.loss_set.map((set) => inputPart(busTopics.lossSets, set)),
  stake_snapshot: logs.stake_snapshot.map((stakes) => inputPart(busTopics.stakeSnapshots, stakes)),
  network_inference: logs.network_inference.map((inference) =>
    inputPart(busTopics.networkInferences, inference),
  ),
};
const inOrder = SCORING_INPUTS.flatMap((input) => records[input].map(() => input));

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = Database.open({ url: testDatabase.url, maxConnections: 4 });
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** As after a restart: nothing is remembered but by the database. */
function freshScoring(registry = new MetricsRegistry()): TopicScoring {
  const inputs = new ScoringInputsStore();
  const metrics = new ReputationMetrics(registry, database, inputs, { listeningSeriesMax: 1 });
  const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
  return new TopicScoring(inputs, new StandingStore(), metrics, log, { minimumStakeUallo: '10000' });
}

interface Published {
  readonly topic: string;
  readonly bytes: Uint8Array;
}

async function deliverOne(
  scoring: TopicScoring,
  input: ScoringInput,
  record: InputPart,
): Promise<Published[]> {
  const published: Published[] = [];
  const publish = <T>(topic: BusTopic<T>, message: T): Promise<void> => {
    published.push({ topic: topic.name, bytes: topic.message.encode(message).finish() });
    return Promise.resolve();
  };
  await database.transaction(async (tx) => {
    const unit: UnitOfWork = { tx, publish, afterCommit: (call) => call() };
    await scoring.accept(input, record, unit);
  });
  return published;
}

/** Delivers the next record of each named log in turn; what was published, in order. */
async function deliver(order: readonly ScoringInput[]): Promise<Published[]> {
  await database.prisma.$executeRaw`
    TRUNCATE reputation.pending_inputs, reputation.scored_topics, reputation.scored_participants, reputation.epoch_results`;
  const published: Published[] = [];
  const delivered = new Map<ScoringInput, number>();
  let scoring = freshScoring();
  for (const [step, input] of order.entries()) {
    const index = delivered.get(input) ?? 0;
    delivered.set(input, index + 1);
    if (step % 4 === 3) scoring = freshScoring();
    published.push(...(await deliverOne(scoring, input, records[input][index]!)));
  }
  return published;
}

describe('scoring on PostgreSQL', () => {
  it('settles every epoch with an outcome, losses and scores in turn', async () => {
    const published = await deliver(inOrder);
    expect(published.map(({ topic }) => topic)).toEqual(
      Array.from({ length: EPOCHS }, () => [busTopics.networkLosses.name, busTopics.epochScores.name]).flat(),
    );
    const losses = published.filter((_, i) => i % 2 === 0).map(({ bytes }) => NetworkLosses.decode(bytes));
    const scores = published.filter((_, i) => i % 2 === 1).map(({ bytes }) => EpochScores.decode(bytes));
    const outcomes = Array.from({ length: EPOCHS }, () => EpochOutcome.SCORED)
      .with(SILENT_EPOCH, EpochOutcome.NO_INFERENCES)
      .with(UNREPORTED_EPOCH, EpochOutcome.NO_LOSSES);
    expect(losses.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(scores.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(losses.map(({ settledNonce }) => settledNonce)).toEqual([undefined, 10, 20, 30, 40, 50]);
    expect(losses[0]!.losses!.inferers.map(({ worker }) => worker)).toEqual(['a', 'b', 'c']);
    const last = scores.at(-1)!;
    expect(last.reputers.map(({ reputer, score }) => [reputer, score !== undefined])).toHaveLength(3);
    expect(last.reputers.filter(({ score }) => score === undefined)).toHaveLength(1);
    expect(last.inferers.map(({ participant }) => participant)).toEqual(['a', 'b', 'c', 'z']);
    const dropped = [{ field: 'inferers', worker: 'stranger', reason: 'UNKNOWN_WORKER' }];
    expect(last.findings.map(({ reputer, reason, rank }) => [reputer, reason, rank])).toEqual(
      expect.arrayContaining([
        [expect.stringMatching(/^r[123]$/), 'NOT_ACTIVE', 3],
        ['unstaked', 'STAKE_BELOW_MINIMUM', undefined],
      ]),
    );
    expect(last.findings.filter(({ reputer }) => reputer !== 'unstaked')).toMatchObject([
      { reputer: 'r1', dropped, droppedCount: 1 },
      { reputer: 'r2', dropped },
      { reputer: 'r3', dropped },
    ]);
    expect(last.reputers.some(({ listeningCoefficient }) => listeningCoefficient < 1)).toBe(true);
  });

  it('publishes the same bytes for every interleaving of its logs, restarts in between included', async () => {
    const expected = await deliver(inOrder);
    for (let seed = 1; seed <= 12; seed += 1) {
      expect(await deliver(shuffled(inOrder, seed)), `seed ${seed}`).toEqual(expected);
    }
  });

  it('ignores records told again after they were used', async () => {
    await deliver(inOrder);
    const scoring = freshScoring();
    for (const input of SCORING_INPUTS) {
      expect(await deliverOne(scoring, input, records[input][0]!)).toEqual([]);
    }
    const [left] = await database.prisma.$queryRaw<{ rows: number }[]>`
      SELECT count(*)::int AS rows FROM reputation.pending_inputs`;
    expect(left).toEqual({ rows: 0 });
  });

  it('shows outcomes, what did not count and a bounded number of listening coefficients', async () => {
    await deliver([]);
    const registry = new MetricsRegistry();
    const scoring = freshScoring(registry);
    for (const input of SCORING_INPUTS)
      for (const record of records[input]) await deliverOne(scoring, input, record);
    const text = await registry.metrics();
    expect(text).toContain(`allora_reputation_epochs_total{outcome="scored"} ${EPOCHS - 2}`);
    expect(text).toContain(`allora_reputation_epochs_total{outcome="no_losses"} 1`);
    expect(text).toContain(
      `allora_reputation_filtered_bundles_total{reason="stake_below_minimum"} ${EPOCHS - 2}`,
    );
    expect(text).toContain(`allora_reputation_filtered_bundles_total{reason="not_active"} ${EPOCHS - 2}`);
    expect(text).toContain(
      `allora_reputation_dropped_losses_total{reason="unknown_worker"} ${3 * (EPOCHS - 2)}`,
    );
    expect(text).toContain('allora_reputation_waiting_epochs 0');
    expect(text.match(/^allora_reputation_listening_coefficient\{/gm)).toHaveLength(1);
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomNumbers(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
