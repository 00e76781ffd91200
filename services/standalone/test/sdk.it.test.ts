import 'reflect-metadata';
import { createAccount } from '@allora/identity/account';
import { startApp, type RunningApp } from '@allora/service-kit/app';
import { type AlloraClient, createClient } from '@allora/sdk/client';
import { verifyReceipt } from '@allora/sdk/receipt';
import { openSubmissionStream } from '@allora/sdk/submission-stream';
import type { SubmissionStatus, Topic, Windows } from '@allora/sdk/types';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fund, topicParams as demoParams } from '../demo/set-up';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

const chainId = 'allora-test-1';
const params = { ...demoParams, reputerWindowBlocks: 4, maxActiveInferers: 2, maxActiveForecasters: 1 };
const [creator, poor, rich, stranger] = Array.from({ length: 4 }, createAccount);
const workers = Array.from({ length: 3 }, createAccount).sort((a, b) => (a.address < b.address ? -1 : 1));
const [first, second, third] = workers.map(({ address }) => address);

let app: RunningApp;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: AlloraClient;
let topic: Topic;
let nonce: number;

beforeAll(async () => {
  database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    databaseUrl: database.url,
    databasePoolSize: 30,
    chainId,
    clock: 'manual',
    faucet: 'open',
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'error',
  });
  const config = { ...parsed, databaseUrl: database.url };
  app = await startApp({ name: 'standalone', config, modules: allModules(config) });
  client = createClient({ baseUrl: app.httpUrl, chainId });
  const amountUallo = 10n ** 20n;
  await fund(client, [creator!, poor!, ...workers], { requestId: 'fees' });
  await fund(client, [rich!], { requestId: 'fees', besidesUallo: amountUallo });
  topic = await client.createTopic(creator!, { metadata: '', lossMethod: 'mse', params, requestId: 't' });
  nonce = topic.createdHeight + 1;
  for (const worker of workers) await client.register(worker, topic.id, 'worker');
  for (const reputer of [poor!, rich!]) await client.register(reputer, topic.id, 'reputer');
  await client.depositStake(rich!, { topicId: topic.id, amountUallo, requestId: 's' });
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const standing = (hash: string, wanted: Partial<SubmissionStatus>) =>
  expect.poll(() => client.submission(hash), { timeout: 20_000, interval: 50 }).toMatchObject(wanted);
const brief = ({ windows }: Windows) => windows.map(({ role, nonce: of, stage }) => `${role} ${of} ${stage}`);

describe('the client on a whole network', () => {
  const hashes: Record<string, string> = {};

  it('follows the windows', async () => {
    const seen: string[][] = [];
    const ending = new AbortController();
    const watching = (async () => {
      for await (const windows of client.watchWindows(topic.id, { signal: ending.signal }))
        seen.push(brief(windows));
    })();
    await expect.poll(() => seen).toEqual([[]]);
    await client.advanceClock(nonce);
    const open = [`worker ${nonce} submit`];
    await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toEqual(open);
    ending.abort();
    await watching;
    expect(brief(await client.windows(topic.id))).toEqual(open);
  });

  it('submits in bulk and gets a receipt that the network signed, or a refusal, for each', async () => {
    const network = await client.network();
    expect(network.chainId).toBe(chainId);
    const outcomes = await client.submitInferences(
      [...workers, stranger!].map((account, i) => ({
        account,
        request: { topicId: topic.id, nonce, value: `10${i}.50` },
      })),
    );
    expect(outcomes.map(({ refusal }) => refusal?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      'NOT_REGISTERED',
    ]);
    const receipts = outcomes.flatMap(({ receipt }) => receipt ?? []);
    for (const receipt of receipts) {
      expect(verifyReceipt(receipt, network)).toBe(true);
      expect(verifyReceipt({ ...receipt, nonce: nonce + 1 }, network)).toBe(false);
      hashes[receipt.author] = receipt.hash;
    }
    const { receipt, ...status } = await client.submission(hashes[first!]!);
    expect(status).toMatchObject({
      kind: 'inference',
      state: 'accepted',
      author: first,
      nonce,
      reason: null,
    });
    expect(verifyReceipt(receipt, network)).toBe(true);
    const request = { topicId: topic.id, nonce, value: '100.50' };
    const again = await client.submitInference(workers[0]!, request);
    expect({ ...again, proof: undefined }).toEqual({ ...receipts[0], proof: undefined });
  });

  it('submits over a stream', async () => {
    const stream = openSubmissionStream({ address: app.grpcAddress, kind: 'forecast', chainId });
    const forecast = (author: (typeof workers)[number], inferer: string) =>
      stream.submit(author, { topicId: topic.id, nonce, elements: [{ inferer, value: '-1.5' }] });
    const refused = expect(forecast(stranger!, first!)).rejects.toMatchObject({ code: 'NOT_REGISTERED' });
    const [one, other] = await Promise.all([forecast(workers[0]!, second!), forecast(workers[1]!, first!)]);
    await refused;
    expect(verifyReceipt(one, await client.network())).toBe(true);
    hashes['forecast'] = one.hash;
    hashes['other forecast'] = other.hash;
    await stream.close();
  });

  it('hears who was left out by rank', async () => {
    await client.advanceClock(nonce + params.workerWindowBlocks);
    await standing(hashes[first!]!, { state: 'active', reason: null });
    await standing(hashes[third!]!, {
      state: 'not_active',
      reason: 'SORTITION_RANK',
      rank: 3,
      emaScore: 0,
      activeLimit: 2,
    });
    await standing(hashes['forecast']!, { kind: 'forecast', state: 'active' });
    await standing(hashes['other forecast']!, { state: 'not_active', reason: 'SORTITION_RANK', rank: 2 });
  });

  it('hears what of its losses counts', async () => {
    await client.advanceClock(nonce + params.groundTruthLagBlocks);
    const { inference } = await client.epoch(topic.id, nonce, { waitFor: 'inference' });
    const losses = (ids: readonly string[]) => ids.map((worker) => ({ worker, value: '-0.5' }));
    const request = {
      topicId: topic.id,
      nonce,
      combined: '-1',
      naive: '-0.8',
      inferers: losses([...inference!.inferers.map(({ inferer }) => inferer), third!, stranger!.address]),
      forecasters: [],
      oneOutInferers: [],
      oneOutForecasters: [],
      oneInForecasters: [],
      oneOutInfererForecasters: [],
    };
    const outcomes = await client.submitLossBundles([rich!, poor!].map((account) => ({ account, request })));
    const [counted, ignored] = outcomes.map(({ receipt }) => receipt!.hash);
    expect(await client.submission(counted!)).toMatchObject({ kind: 'loss', state: 'accepted' });
    await client.advanceClock(nonce + params.groundTruthLagBlocks + params.reputerWindowBlocks);
    await standing(counted!, {
      state: 'active',
      dropped: [
        { field: 'inferers', worker: third!, reason: 'ABSENT_WORKER' },
        { field: 'inferers', worker: stranger!.address, reason: 'UNKNOWN_WORKER' },
      ].sort((a, b) => (a.worker < b.worker ? -1 : 1)),
      droppedCount: 2,
    });
    await standing(ignored!, { state: 'not_active', reason: 'STAKE_BELOW_MINIMUM' });
    const { scores } = await client.epoch(topic.id, nonce, { waitFor: 'scores' });
    expect(scores!.findings.map(({ reputer, droppedCount }) => [reputer, droppedCount])).toEqual(
      [[rich!.address, 2] as const, [poor!.address, 0] as const].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });

  it('is told of what was never accepted', async () => {
    await expect(client.submission('ab'.repeat(32))).rejects.toMatchObject({ code: 'UNKNOWN_SUBMISSION' });
    const late = client.submitInference(workers[0]!, { topicId: topic.id, nonce, value: '7' });
    await expect(late).rejects.toMatchObject({ code: 'WINDOW_CLOSED' });
  });
});
