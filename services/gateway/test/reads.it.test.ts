import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { EpochPhase, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { getInference, listBars, listInferences, listWorkers } from '@allora/public-api/routes/inferences';
import { listTopics } from '@allora/public-api/routes/topics';
import { weightedPercentiles } from '@allora/protocol/synthesis/confidence-interval';
import type { RunningApp } from '@allora/service-kit/app';
import { ManualClock } from '@allora/service-kit/clock';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { HistoryFill } from '../src/history/history-fill';
import { HistoryStore } from '../src/history/history.store';
import { recordOf } from '../src/history/inference-record';
import { GatewayApps } from './apps';
import {
  epochEvent,
  epochRewards,
  epochScores,
  networkInference,
  networkLosses,
  noInference,
  topic,
} from './fixtures';

const EPOCHS = 100_000;
/** One epoch of topic 7 a minute, from here on. */
const START_MS = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const apps = new GatewayApps();
const clock = new ManualClock(Date.now());
const creator = createAccount().address;
let app: RunningApp;

async function read<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S>> {
  const response = await fetch(`${app.httpUrl}${path}`);
  const body: unknown = await response.json();
  expect(response.status, `${path}: ${JSON.stringify(body).slice(0, 300)}`).toBe(200);
  return shape.parse(body);
}
const history = (query: string, id = 7) =>
  read(`/v1/topics/${id}/history?${query}`, listInferences.answers[200]);
const bars = (query: string) => read(`/v1/topics/7/bars?${query}`, listBars.answers[200]);
const topics = (query: string) => read(`/v1/topics?${query}`, listTopics.answers[200]);
const inference = (path: string) => read(`/v1/topics/${path}`, getInference.answers[200]);
const eventually = <T>(look: () => Promise<T>) => vi.waitFor(look, { timeout: 30_000, interval: 50 });

beforeAll(async () => {
  app = await apps.start({}, { clock });
  const network = app.peer('topic-coordinator');
  await network.append(busTopics.topics, [
    topic(1),
    { ...topic(2), metadata: 'BTC/USD, 100% in 5 minutes', lossMethod: 'mae', creator },
    { ...topic(3), metadata: 'ETH_USD', active: false },
    topic(7),
  ]);
  await network.append(busTopics.networkInferences, [
    networkInference(1, 100),
    noInference(1, 110),
    networkInference(1, 120),
  ]);
  await network.append(busTopics.networkLosses, [networkLosses(1, 100)]);
  await network.append(busTopics.epochScores, [epochScores(1, 100)]);
  await network.append(busTopics.epochRewards, [epochRewards(1, 100)]);
  await app.database.prisma.$executeRaw`
    INSERT INTO gateway.inference_history
           (topic_id, nonce, told_ms, mode, combined, naive, low95, high95, width95, effective_workers, allow_negative)
    SELECT 7, 10 * n, ${BigInt(START_MS)} + ${MINUTE}::bigint * n, 1, 1000 + n % 60, 1000, 990, 1010, 20, 4, false
      FROM generate_series(0, ${EPOCHS - 1}) AS n`;
  await eventually(async () => {
    expect((await history('', 1)).inferences).toHaveLength(2);
    expect((await topics('')).topics).toHaveLength(4);
    expect((await workersOf(100)).find(({ worker }) => worker === 'i0')).toMatchObject({
      paidUallo: expect.any(String),
    });
  });
});

afterAll(() => apps.close());

const workersOf = async (nonce: number) =>
  (await read(`/v1/topics/1/inference/${nonce}/workers`, listWorkers.answers[200])).workers;

describe('topics', () => {
  it.each([
    ['active=false', [3]],
    ['active=true', [1, 2, 7]],
    ['lossMethod=mae', [2]],
    [`creator=${creator}`, [2]],
    ['ids=3,7,99', [3, 7]],
    ['search=btc', [2]],
    ['search=%25', [2]],
    ['search=h_u', [3]],
    ['search=t_p', []],
    ['search=topic&active=true&after=1', [7]],
  ])('%s', async (query, ids) => {
    expect((await topics(query)).topics.map(({ id }) => id)).toEqual(ids);
  });

  it('come in pages, and with the asked fields only', async () => {
    const first = await topics('limit=3&fields=id,metadata');
    expect(first).toEqual({
      topics: [
        { id: 1, metadata: 'topic 1' },
        { id: 2, metadata: 'BTC/USD, 100% in 5 minutes' },
        { id: 3, metadata: 'ETH_USD' },
      ],
      next: 3,
    });
    expect(await topics(`limit=3&fields=id&after=${first.next}`)).toEqual({
      topics: [{ id: 7 }],
      next: null,
    });
  });
});

describe('the history', () => {
  it.each(['newest', 'oldest'])(
    'joins to the whole from pages, %s first, whatever is told meanwhile',
    async (order) => {
      const range = `from=${START_MS + 10 * MINUTE}&to=${START_MS + 2_510 * MINUTE}&order=${order}`;
      const nonces: number[] = [];
      let after = '';
      for (let page = 0; page < 4; page++) {
        const { inferences, next } = await history(`${range}&limit=1000${after}`);
        nonces.push(...inferences.map(({ nonce }) => nonce));
        if (next === null) break;
        after = `&after=${next}`;
      }
      const whole = Array.from({ length: 2_500 }, (_, n) => 10 * (n + 10));
      expect(nonces).toEqual(order === 'oldest' ? whole : whole.reverse());
    },
  );

  it('is not shifted by what comes in front of it', async () => {
    const { next } = await history('limit=1', 1);
    await app.peer('topic-coordinator').append(busTopics.networkInferences, [networkInference(1, 130)]);
    await eventually(async () => expect((await history('', 1)).inferences).toHaveLength(3));
    const rest = await history(`limit=5&after=${next}`, 1);
    expect(rest.inferences.map(({ nonce }) => nonce)).toEqual([100]);
    expect(rest.next).toBeNull();
  });

  it('is read through its index, however long it is', async () => {
    const plan = await app.database.prisma.$queryRaw<{ 'QUERY PLAN': string }[]>`
      EXPLAIN SELECT * FROM gateway.inference_history
       WHERE topic_id = 7 AND told_ms >= 0 AND told_ms < ${BigInt(START_MS + EPOCHS * MINUTE)}
         AND told_ms <= ${BigInt(START_MS + 5_000 * MINUTE)}
         AND (told_ms < ${BigInt(START_MS + 5_000 * MINUTE)} OR (told_ms = ${BigInt(START_MS + 5_000 * MINUTE)} AND nonce < 50000))
       ORDER BY told_ms DESC, nonce DESC LIMIT 101`;
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toContain('inference_history_topic_id_told_ms_nonce_idx');
    expect(text).not.toMatch(/Seq Scan|Sort/);
  });

  it('refuses a cursor that is none', async () => {
    const response = await fetch(
      `${app.httpUrl}/v1/topics/7/history?after=${Buffer.from('2.5.5').toString('base64url')}`,
    );
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'MALFORMED' }]);
  });

  it('is filled from messages of before there was one', async () => {
    const { prisma } = app.database;
    await prisma.inferenceRecord.deleteMany({ where: { topicId: 1n } });
    await prisma.$executeRaw`
      INSERT INTO gateway.unread_inferences SELECT topic_id, nonce FROM gateway.epoch_facts WHERE kind = 'inference'`;
    await prisma.gatewayTopic.updateMany({
      data: { creator: null, metadata: null, active: null, lossMethod: null },
    });
    expect((await history('', 1)).inferences).toEqual([]);
    await app.get(HistoryFill).fill();
    expect((await history('', 1)).inferences.map(({ nonce }) => nonce)).toEqual([130, 120, 100]);
    expect((await topics('search=eth_usd&active=false')).topics).toHaveLength(1);
    expect(await prisma.unreadInference.count()).toBe(0);
  });
});

describe('bars', () => {
  it('tell first, highest, lowest, last and mean of an hour', async () => {
    const page = await bars(`interval=1h&limit=2&to=${START_MS + 120 * MINUTE}`);
    expect(page.next).toBeNull();
    expect(page.bars).toEqual(
      [1, 0].map((hour) => ({
        fromMs: START_MS + hour * 60 * MINUTE,
        toMs: START_MS + (hour + 1) * 60 * MINUTE,
        fromNonce: hour * 600,
        toNonce: hour * 600 + 590,
        firstMs: START_MS + hour * 60 * MINUTE,
        lastMs: START_MS + (hour * 60 + 59) * MINUTE,
        ...{ open: 1000, high: 1059, low: 1000, close: 1059, mean: 1029.5, count: 60, intervalWidth: 20 },
      })),
    );
  });

  it.each(['1d', '5m', '7epochs'])('of %s hold every inference once over all pages', async (interval) => {
    const from = `from=${START_MS + (EPOCHS - 3_000) * MINUTE}`;
    let to = '';
    let count = 0;
    for (let page = 0; page < 10; page++) {
      const { bars: found, next } = await bars(`interval=${interval}&limit=200&${from}${to}`);
      count += found.reduce((sum, bar) => sum + bar.count, 0);
      if (next === null) break;
      to = `&to=${next}`;
    }
    expect(count).toBe(3_000);
  });

  it('hold the largest doubles', async () => {
    const huge = Number.MAX_VALUE;
    await app.database.transaction(async (tx) => {
      for (const nonce of [0, 10, 20]) {
        const inference = {
          ...networkInference(8, nonce),
          combined: huge,
          confidenceValues: [-huge, 0, 0, 0, huge],
        };
        await app.get(HistoryStore).addAll(tx, [recordOf(inference, nonce)]);
      }
    });
    await app.peer('topic-coordinator').append(busTopics.topics, [topic(8)]);
    await eventually(async () => expect((await topics('ids=8')).topics).toHaveLength(1));
    const { bars: found } = await read('/v1/topics/8/bars?interval=1d', listBars.answers[200]);
    expect(found).toMatchObject([{ mean: huge, high: huge, intervalWidth: huge, count: 3 }]);
    const { inferences } = await history('', 8);
    expect(inferences[0]).toMatchObject({ combined: huge, interval95: [-huge, huge] });
  });
});

describe('an inference', () => {
  it('has its values at any percentiles, by the rule of the network', async () => {
    const { percentiles, confidenceInterval } = await inference('1/inference/100?percentiles=0,12.5,50,100');
    const values = [100.5, 101.5, 102.5, 101, 102];
    const expected = weightedPercentiles(values, [1, 2, 3, 2, 2], [0, 12.5, 50, 100]);
    expect(percentiles).toEqual(
      [0, 12.5, 50, 100].map((percentile, i) => ({ percentile, value: expected[i] })),
    );
    expect(confidenceInterval).toHaveLength(5);
  });

  it('is judged as of its own time when asked for by its nonce', async () => {
    const { trust } = await inference('1/inference/100?fields=trust');
    expect(trust).toMatchObject({ status: 'fresh', ageSeconds: null, epochsBehind: null, intervalWidth: 4 });
  });

  it('without a value says so, and one that is not there is refused', async () => {
    expect(await inference('1/inference/110?fields=combined,mode')).toEqual({
      combined: null,
      mode: 'INFERENCE_MODE_NONE',
    });
    expect((await fetch(`${app.httpUrl}/v1/topics/1/inference/105`)).status).toBe(404);
  });

  it('tells of every worker, also of who was not let in', async () => {
    const workers = await workersOf(100);
    expect(workers.map(({ worker, active }) => [worker, active])).toEqual([
      ['i0', true],
      ['i1', true],
      ['i2', true],
      ['i9', false],
      ['f0', true],
      ['f1', true],
    ]);
    expect(workers[0]).toEqual({
      ...{ worker: 'i0', role: 'inferer', active: true, value: '100.50', weight: 1, share: 0.1, regret: 0.1 },
      ...{ loss: -1.25, score: 0.5, emaScore: 0.25, rank: null, paidUallo: '5999999999999999993' },
    });
    expect(workers[3]).toMatchObject({ value: null, rank: 3, emaScore: -0.5, paidUallo: '0' });
  });

  it('grows stale as epochs end without an answer, and as time goes on', async () => {
    const trust = async () => (await inference('1/inference?fields=trust')).trust;
    expect(await trust()).toMatchObject({ status: 'fresh', epochsBehind: 0 });
    const ended = [140, 150].map((nonce) => epochEvent(1, nonce, EpochPhase.WORKER_WINDOW_CLOSED));
    await app.peer('topic-coordinator').append(busTopics.epochs, ended);
    await eventually(async () =>
      expect(await trust()).toMatchObject({
        status: 'stale',
        epochsBehind: 2,
        reasons: [{ code: 'EPOCHS_BEHIND' }],
      }),
    );
    clock.advance(90_000_000);
    expect(await trust()).toMatchObject({ reasons: [{ code: 'EPOCHS_BEHIND' }, { code: 'OLD' }] });
  });
});

it('keeps the message of a topic as it was told', async () => {
  const row = await app.database.prisma.gatewayTopic.findUniqueOrThrow({ where: { topicId: 2n } });
  expect(Topic.decode(row.message)).toMatchObject({
    creator: row.creator,
    metadata: row.metadata,
    active: row.active,
  });
});
