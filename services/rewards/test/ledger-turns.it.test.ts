import 'reflect-metadata';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { BlocksTold, EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testAccount } from '../src/genesis-file';
import { requestOf } from '../src/testing/command-generator';
import { ALLO, epochEvent, epochScores, params } from './fixtures';
import { genesisFile, testGenesis } from './genesis';
import { HandLog } from './model/hand-transport';
import { Random } from './model/random';
import { Replica, written } from './model/replica';
import { topicNamed } from './rewards-app';

const TOPICS = [1, 2];
const NONCES = [100, 110, 120, 130];
/** An epoch's blocks end with its reputers' window. */
const endOf = (nonce: number) => nonce + 20;
const rich = testAccount('foundation').address;

interface Stage {
  readonly database: TestDatabase;
  readonly client: pg.Client;
  readonly log: HandLog;
  replica: Replica;
  restart(): Promise<void>;
}

const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A ledger of its own, whose topics have stake and fees, and to which records are given by hand. */
async function openStage(settings: Readonly<Record<string, unknown>> = {}): Promise<Stage> {
  const database = await createTestDatabase();
  undo.push(() => database.drop());
  const genesis = genesisFile(testGenesis());
  undo.push(() => genesis.remove());
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  undo.push(() => client.end());
  const log = new HandLog();
  // As much as a worker earns in some epochs: who can pay depends on what another topic has brought.
  const dataFeeUallo = (ALLO / 2n).toString();
  const own = { genesisFile: genesis.path, dataFeeUallo, blockPatienceMs: 600_000, ...settings };
  const open = () => Replica.start({ databaseUrl: database.url, log, settings: own });
  const stage: Stage = {
    ...{ database, client, log, replica: await open() },
    restart: async () => {
      await stage.replica.close();
      stage.replica = await open();
    },
  };
  undo.push(() => stage.replica.close());
  await deliver(stage, busTopics.topics, ...TOPICS.map((id) => topicNamed(id, '75000')));
  const amountUallo = 1_000n * ALLO;
  const commands = TOPICS.flatMap((topicId) => [
    requestOf(rich, `stake-${topicId}`, { kind: 'stake', reputer: rich, topicId, amountUallo }),
    requestOf(rich, `fund-${topicId}`, { kind: 'fund-topic', from: rich, topicId, amountUallo }),
  ]);
  const answers = await stage.replica.execute(commands);
  expect(answers.every(({ accepted }) => accepted)).toBe(true);
  return stage;
}

function deliver<T>({ replica, log }: Stage, topic: BusTopic<T>, ...messages: T[]): Promise<void> {
  return replica.deliver(written(log, topic, messages));
}

type Deed = (stage: Stage) => Promise<void>;
const told =
  <T>(topic: BusTopic<T>, message: T): Deed =>
  (stage) =>
    deliver(stage, topic, message);

const blocks = (toHeight: number, ...ended: { topicId: number; nonce: number }[]): Deed => {
  const epochs = ended.map((one) => ({ ...one, height: endOf(one.nonce), epochLengthBlocks: 10 }));
  const from = toHeight === 120 ? 0 : toHeight - 10;
  const record = { fromHeightExclusive: from, toHeight, ended: epochs, settledHeight: from };
  return told(busTopics.blocks, BlocksTold.fromPartial(record));
};

const scores = (topicId: number, nonce: number): Deed =>
  told(
    busTopics.epochScores,
    epochScores({ topicId, nonce, inferers: { i0: nonce / 900, i1: topicId / 7 } }),
  );

const inferences = (topicId: number, nonce: number, part = 0, parts = 1): Deed => {
  const of = part === 0 ? ['i0', 'i1', rich] : ['i2'];
  const submissions = of.map((inferer) => ({ topicId, nonce, inferer, value: '1' }));
  const set = { topicId, nonce, params, part, parts, inferences: submissions };
  return told(busTopics.inferenceSets, InferenceSet.fromPartial(set));
};

/** Nobody forecasts in the second topic. */
const forecasts = (topicId: number, nonce: number): Deed => {
  const all = topicId === 1 ? [{ topicId, nonce, forecaster: 'f0', elements: [] }] : [];
  const set = { topicId, nonce, params, part: 0, parts: 1, forecasts: all };
  return told(busTopics.forecastSets, ForecastSet.fromPartial(set));
};

const windows = (topicId: number, nonce: number): Deed[] => {
  const settledNonce = nonce > 100 ? nonce - 10 : undefined;
  const of = { topicId, settledNonce };
  return [EpochPhase.REPUTER_WINDOW_OPENED, EpochPhase.REPUTER_WINDOW_CLOSED].map((phase) =>
    told(busTopics.epochs, epochEvent(phase, nonce, of)),
  );
};

/** Every log in its own order: blocks, and of each topic windows, two of sets and scores. */
const logs = (): Deed[][] => [
  NONCES.map((nonce) => blocks(endOf(nonce), ...TOPICS.map((topicId) => ({ topicId, nonce })))),
  ...TOPICS.flatMap((topicId) => [
    NONCES.flatMap((nonce) => windows(topicId, nonce)),
    NONCES.flatMap((nonce) => [inferences(topicId, nonce, 0, 2), inferences(topicId, nonce, 1, 2)]),
    NONCES.map((nonce) => forecasts(topicId, nonce)),
    NONCES.map((nonce) => scores(topicId, nonce)),
  ]),
];

/** Everything posted, and everything that the next blocks are decided by. */
async function ledgerOf({ client }: Stage) {
  const rows = async (sql: string) => (await client.query(sql)).rows as unknown[];
  return {
    postings: await rows(`SELECT t.key, p.line, p.account_name, p.amount_uallo::text AS uallo
      FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id ORDER BY t.key COLLATE "C", p.line`),
    balances: await rows('SELECT name, balance_uallo::text AS uallo FROM rewards.accounts ORDER BY name'),
    topics:
      await rows(`SELECT topic_id, fee_revenue_uallo::text AS fees, pending_fees, weight, stake_uallo::text AS stake, active
      FROM rewards.topics ORDER BY topic_id`),
    network: await rows('SELECT to_jsonb(n)::text AS network FROM rewards.network n'),
    owed: await rows(
      'SELECT topic_id, address, amount_uallo::text AS uallo FROM rewards.owed_fees ORDER BY 1, 2',
    ),
    emissions: await rows(
      'SELECT to_jsonb(e)::text AS epoch FROM rewards.epoch_emissions e ORDER BY topic_id, nonce',
    ),
  };
}

const heightOf = async ({ client }: Stage) =>
  Number((await client.query<{ height: string }>('SELECT height FROM rewards.network')).rows[0]!.height);
const waitingOf = async ({ client }: Stage) =>
  (
    await client.query<
      Record<string, number>
    >(`SELECT (SELECT count(*)::int FROM rewards.told_blocks) AS blocks,
      (SELECT count(*)::int FROM rewards.submission_fees) AS fees, (SELECT count(*)::int FROM rewards.unpaid_epochs) AS epochs`)
  ).rows[0];

async function play(deeds: readonly Deed[]) {
  const stage = await openStage();
  for (const deed of deeds) await deed(stage);
  expect(await waitingOf(stage)).toEqual({ blocks: 0, fees: 0, epochs: 0 });
  expect(await heightOf(stage)).toBe(endOf(130));
  return ledgerOf(stage);
}

describe('the logs that rewards reads', () => {
  it('come to the same postings to the uallo, however their records come between one another', async () => {
    const wanted = await play(logs().flat());
    const kinds = (kind: string) =>
      wanted.postings.filter((row) => (row as { key: string }).key.startsWith(kind)).length;
    expect(kinds('epoch-rewards:')).toBeGreaterThan(30);
    expect(kinds('data-fee:')).toBeGreaterThan(20);
    expect(wanted.owed).not.toEqual([]);
    for (const seed of [1, 2, 3]) {
      const random = new Random(seed);
      const left = logs();
      const mixed: Deed[] = [];
      while (left.some(({ length }) => length > 0))
        mixed.push(random.pick(left.filter(({ length }) => length > 0)).shift()!);
      expect(await play(mixed), `seed ${seed}`).toEqual(wanted);
    }
  }, 60_000);
});

describe('blocks', () => {
  const both = (nonce: number) => TOPICS.map((topicId) => ({ topicId, nonce }));
  const ready = (nonce: number): Deed[] =>
    TOPICS.flatMap((topicId) => [inferences(topicId, nonce), forecasts(topicId, nonce)]);

  it('wait for sets, then for payments, across a restart, and none is left out by a release that does not wait', async () => {
    const stage = await openStage();
    const [first, ...rest] = [...ready(100), ...TOPICS.flatMap((topicId) => windows(topicId, 100))];
    for (const deed of rest) await deed(stage);
    await blocks(120, ...both(100))(stage);
    await blocks(130)(stage);
    expect(await heightOf(stage)).toBe(0);
    await expect(stage.client.query('UPDATE rewards.network SET height = 130')).rejects.toMatchObject({
      code: '40001',
    });
    await first!(stage);
    expect(await heightOf(stage)).toBe(120);
    await scores(1, 100)(stage);
    expect(await heightOf(stage)).toBe(120);
    await stage.restart();
    await scores(2, 100)(stage);
    expect(await heightOf(stage)).toBe(130);
    expect(await waitingOf(stage)).toEqual({ blocks: 0, fees: 0, epochs: 0 });
    // Once more, in the same words and as one record: a coordinator that was put back in time.
    await told(busTopics.blocks, BlocksTold.fromPartial({ fromHeightExclusive: 110, toHeight: 130 }))(stage);
    expect(await waitingOf(stage)).toEqual({ blocks: 0, fees: 0, epochs: 0 });
  }, 30_000);

  it('go on without a topic whose scores do not come, until it is paid after all', async () => {
    const stage = await openStage({ blockPatienceMs: 1_000 });
    for (const nonce of [100, 110, 120]) for (const deed of ready(nonce)) await deed(stage);
    for (const topicId of TOPICS)
      for (const nonce of [100, 110, 120]) for (const deed of windows(topicId, nonce)) await deed(stage);
    for (const nonce of [100, 110]) await blocks(endOf(nonce), ...both(nonce))(stage);
    await scores(1, 100)(stage);
    expect(await heightOf(stage)).toBe(120);
    await vi.waitFor(async () => expect(await heightOf(stage)).toBe(130), { timeout: 10_000, interval: 50 });
    expect(await overdueOf(stage)).toBe(1);
    // Nobody waits a second time for it, and for the others as ever.
    await blocks(140, ...both(120))(stage);
    expect(await heightOf(stage)).toBe(130);
    await scores(1, 110)(stage);
    expect(await heightOf(stage)).toBe(140);
    for (const nonce of [100, 110]) await scores(2, nonce)(stage);
    await blocks(150)(stage);
    expect(await heightOf(stage)).toBe(140);
    await scores(1, 120)(stage);
    await scores(2, 120)(stage);
    expect(await heightOf(stage)).toBe(150);
    expect(await waitingOf(stage)).toEqual({ blocks: 0, fees: 0, epochs: 0 });
    expect(await overdueOf(stage)).toBe(1);
  }, 30_000);
});

async function overdueOf({ replica }: Stage): Promise<number> {
  const text = await (await fetch(`${replica.app.httpUrl}/metrics`)).text();
  return Number(/^allora_rewards_overdue_epochs_total (\d+)$/m.exec(text)?.[1]);
}
