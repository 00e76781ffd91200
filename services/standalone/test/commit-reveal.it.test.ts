import 'reflect-metadata';
import { createAccount } from '@allora/identity/account';
import { type AlloraClient, createClient } from '@allora/sdk/client';
import type { Sealed } from '@allora/sdk/commit-reveal';
import { verifyReceipt } from '@allora/sdk/receipt';
import type { ForecastRequest, InferenceRequest, Topic } from '@allora/sdk/types';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fund, topicParams as demoParams } from '../demo/set-up';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

const chainId = 'allora-test-1';
const params = { ...demoParams, revealWindowBlocks: 3 };
const creator = createAccount();
const [author, silent, thief] = Array.from({ length: 3 }, createAccount);

let app: RunningApp;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: AlloraClient;
let topic: Topic;
let nonce: number;

beforeAll(async () => {
  database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', faucet: 'open' },
    ...{ httpHost: '127.0.0.1', httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0 },
    logLevel: 'error',
  });
  const config = { ...parsed, databaseUrl: database.url };
  app = await startApp({ name: 'standalone', config, modules: allModules(config) });
  client = createClient({ baseUrl: app.httpUrl, chainId });
  await fund(client, [creator, author!, silent!, thief!], { requestId: 'fees' });
  topic = await client.createTopic(creator, { metadata: '', lossMethod: 'mse', params, requestId: 't' });
  nonce = topic.createdHeight + 1;
  for (const worker of [author!, silent!, thief!]) await client.register(worker, topic.id, 'worker');
  await client.advanceClock(nonce);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const stages = async () =>
  (await client.windows(topic.id)).windows.map(({ role, stage }) => `${role} ${stage}`);

describe('an epoch of a topic with a reveal window', () => {
  let inference: Sealed<InferenceRequest>;
  let hidden: Sealed<InferenceRequest>;
  let forecast: Sealed<ForecastRequest>;
  const of = (value: string) => ({ topicId: topic.id, nonce, value });
  const elements = () => [{ inferer: author!.address, value: '-1.5' }];

  it('takes commitments, and no value', async () => {
    expect(await stages()).toEqual(['worker commit']);
    inference = await client.commitInference(author!, of('101.5'));
    hidden = await client.commitInference(silent!, of('102.5'));
    forecast = await client.commitForecast(author!, { topicId: topic.id, nonce, elements: elements() });
    // To commit to the same again is safe.
    expect(await client.commitInference(author!, inference)).toEqual(inference);
    await expect(client.commitInference(author!, of('7'))).rejects.toMatchObject({
      code: 'CONFLICTING_REPEAT',
    });
    await expect(client.revealInference(author!, inference)).rejects.toMatchObject({
      code: 'WINDOW_CLOSED',
      facts: { stage: 'COMMIT' },
    });
    await expect(client.submitInference(author!, of('101.5'))).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(client.submission(inference.hash)).rejects.toMatchObject({ code: 'UNKNOWN_SUBMISSION' });
  });

  it('then takes the values that were committed to, and no other', async () => {
    await client.advanceClock(nonce + params.workerWindowBlocks);
    expect(await stages()).toEqual(['worker reveal']);
    const receipt = await client.revealInference(author!, inference);
    expect(receipt.hash).toBe(inference.hash);
    expect(verifyReceipt(receipt, await client.network())).toBe(true);
    await client.revealForecast(author!, forecast);
    const stolen = client.revealInference(thief!, inference);
    await expect(stolen).rejects.toMatchObject({ code: 'NO_COMMITMENT' });
    const changed = client.revealInference(silent!, { ...hidden, request: of('103') });
    await expect(changed).rejects.toMatchObject({ code: 'NO_COMMITMENT' });
    await expect(client.commitInference(thief!, of('101.5'))).rejects.toMatchObject({
      code: 'WINDOW_CLOSED',
      facts: { stage: 'REVEAL' },
    });
    expect(await client.submission(inference.hash)).toMatchObject({ kind: 'inference', state: 'accepted' });
  });

  it('makes its inference of what was revealed', async () => {
    await client.advanceClock(nonce + params.workerWindowBlocks + params.revealWindowBlocks);
    const { inference: result } = await client.epoch(topic.id, nonce, { waitFor: 'inference' });
    await expect(client.revealInference(silent!, hidden)).rejects.toMatchObject({ code: 'WINDOW_CLOSED' });
    expect(result!.inferers.map(({ inferer, value }) => [inferer, value])).toEqual([
      [author!.address, '101.5'],
    ]);
    expect(await client.submission(inference.hash)).toMatchObject({ kind: 'inference', state: 'active' });
    expect(await client.submission(forecast.hash)).toMatchObject({ kind: 'forecast', state: 'active' });
  });

  it('tells what has become of a commitment', async () => {
    const next = nonce + params.epochLengthBlocks;
    await client.advanceClock(next);
    const value = { topicId: topic.id, nonce: next, value: '1' };
    const sealed = await client.commitInference(author!, value);
    const hash = await hashOfCommitment(sealed);
    expect(await client.submission(hash)).toMatchObject({ kind: 'inference_commitment', state: 'accepted' });
    await client.advanceClock(next + params.workerWindowBlocks);
    await expect
      .poll(() => client.submission(hash), { timeout: 20_000, interval: 50 })
      .toMatchObject({ kind: 'inference_commitment', state: 'in_set', author: author!.address });
  });
});

/** The receipt of a commitment is of no use to the client; its hash is in the table. */
async function hashOfCommitment({ request }: Sealed<InferenceRequest>): Promise<string> {
  const [row] = await app.database.prisma.$queryRaw<{ hash: string }[]>`
    SELECT encode(hash, 'hex') AS hash FROM inference_ingest.commitment_receipts
    WHERE nonce = ${String(request.nonce)}::bigint`;
  return row!.hash;
}
