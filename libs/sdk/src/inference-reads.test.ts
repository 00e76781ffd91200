import { afterEach, beforeEach, expect, it } from 'vitest';
import { AnsweringServer, json } from '../test/answering-server';
import { type AlloraClient, createClient } from './client';

let server: AnsweringServer;
let client: AlloraClient;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
  client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
});
afterEach(() => server.close());

const trust = {
  ...{ status: 'stale', reasons: [{ code: 'OLD', text: 'it is old' }], ageSeconds: 7, epochsBehind: 0 },
  ...{ effectiveWorkers: 3.5, intervalWidth: 4, relativeIntervalWidth: 0.04 },
};
const times = { workerWindowOpenedMs: null, workerWindowClosedMs: null, inferenceMs: 5 };
const inference = {
  ...{ topicId: 1, nonce: 10, mode: 'INFERENCE_MODE_WEIGHTED', combined: 100, naive: 99 },
  ...{ effectiveWorkers: 3.5, interval68: [99, 101], interval95: [98, 102], times, trust },
  ...{ outlierResistant: 100.5, outliers: [{ worker: 'w', role: 'inferer' }] },
};
const paths = () => server.seen.map(({ path }) => path);

it('reads how much an answer is worth, with percentiles', async () => {
  server.answers = [
    json(200, { ...inference, percentiles: [{ percentile: 5, value: 97 }] }),
    json(200, inference),
  ];
  expect(await client.judgedInference(1, { percentiles: [5, 95.5] })).toMatchObject({
    ...{ combined: 100, trust, outlierResistant: 100.5, percentiles: [{ percentile: 5, value: 97 }] },
  });
  expect(await client.inferenceAt(1, 10)).toMatchObject({ nonce: 10, percentiles: [] });
  expect(paths()).toEqual(['/v1/topics/1/inference?percentiles=5%2C95.5', '/v1/topics/1/inference/10']);
});

it('walks the whole history by its cursors', async () => {
  const point = (nonce: number) => ({ ...inference, nonce, atMs: nonce });
  server.answers = [
    json(200, { topicId: 1, inferences: [point(20), point(10)], next: 'abc' }),
    json(200, { topicId: 1, inferences: [point(0)], next: null }),
  ];
  const nonces = [];
  for await (const { nonce } of client.allInferences(1, { limit: 2, from: 0 })) nonces.push(nonce);
  expect(nonces).toEqual([20, 10, 0]);
  expect(paths()).toEqual([
    '/v1/topics/1/history?limit=2&from=0',
    '/v1/topics/1/history?limit=2&from=0&after=abc',
  ]);
});

it('reads bars, workers and topics', async () => {
  const bar = {
    ...{ fromMs: 0, toMs: 60, fromNonce: 1, toNonce: 2, firstMs: 3, lastMs: 4 },
    ...{ open: 1, high: 2, low: 0, close: 1, mean: 1, count: 2, intervalWidth: null },
  };
  const worker = {
    ...{ worker: 'w', role: 'inferer', active: true, value: '1.50', weight: 1, share: 1, regret: 0 },
    ...{ loss: null, score: null, emaScore: null, rank: null, paidUallo: '5999999999999999993' },
  };
  server.answers = [
    json(200, { topicId: 1, interval: '5m', bars: [bar], next: null }),
    json(200, { topicId: 1, nonce: 10, workers: [worker] }),
    json(200, { topics: [{ id: 3, metadata: 'BTC' }], next: 3 }),
  ];
  expect((await client.bars(1, { interval: '5m', to: 9 })).bars).toEqual([bar]);
  expect(await client.workers(1, 10)).toEqual([{ ...worker, paidUallo: 5999999999999999993n }]);
  const page = await client.findTopics({ search: 'b&c', ids: [1, 3], active: true });
  expect(page).toMatchObject({ topics: [{ id: 3, metadata: 'BTC' }], next: 3 });
  expect(paths()).toEqual([
    '/v1/topics/1/bars?interval=5m&to=9',
    '/v1/topics/1/inference/10/workers',
    '/v1/topics?search=b%26c&ids=1%2C3&active=true',
  ]);
});

it('does not believe an answer without its trust', async () => {
  server.answers = [json(200, { ...inference, trust: undefined })];
  await expect(client.judgedInference(1)).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
});
