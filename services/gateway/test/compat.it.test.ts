import 'reflect-metadata';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { EpochRewards, TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { Registration, Role, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { gatewayConfig } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import { CompatClient, inferenceShape, topicsPageShape } from './compat-client';
import { ecrecover } from './ecrecover';
import { epochRewards, networkInference, noInference, topic } from './fixtures';
import { coordinatorModule } from './neighbours';

const CONTRACT = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const SEPOLIA = '0x8E45fbef38DaC54e32AfB27AC8cBab30E6818ce6';
const SIGNER = '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf';
const FORMAT = 'ethereum-11155111';
const TOPICS = 'allora/allora-testnet-1/topics';
const inferencePath = (topicId: number | string, more = '', format = FORMAT) =>
  `allora/consumer/${format}?allora_topic_id=${topicId}${more}`;

let app: RunningApp;
/** Asks for keys, signs for nobody, and admits few requests of an address. */
let guarded: RunningApp;
let network: ServiceBus;
let client: CompatClient;
const databases: Awaited<ReturnType<typeof createTestDatabase>>[] = [];

async function start(more: object): Promise<RunningApp> {
  const database = await createTestDatabase();
  databases.push(database);
  const config = gatewayConfig.parse({
    databaseUrl: database.url,
    databasePoolSize: 4,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'silent',
    coordinatorGrpcAddress: 'self',
    ...more,
  });
  const modules = [GatewayModule.register(config), coordinatorModule()];
  return startApp({ name: 'gateway', config, modules });
}

const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });

beforeAll(async () => {
  app = await start({
    evmChains: [`11155111=${SEPOLIA}`, `31337=${CONTRACT}`],
    evmSigningKey: '01'.padStart(64, '0'),
    priceTopics: ['BTC/5m=1', 'sol/24H=3'],
  });
  guarded = await start({ compatApiKeys: ['UP-0123456789'], rateLimitPerAddress: 40 });
  client = new CompatClient(`${app.httpUrl}/v2`);
  network = app.peer('topic-coordinator');
  await network.append(busTopics.topics, [topic(1), topic(2), topic(3), { ...topic(4), active: false }]);
  await network.append(busTopics.networkInferences, [
    networkInference(1, 100),
    { ...networkInference(2, 100), combined: -0.25, confidenceValues: [-2, -1, 0, 1, 2] },
    { ...networkInference(3, 100), combined: 83060.0327206847, confidenceValues: [] },
    noInference(4, 100),
  ]);
  await eventually(async () => {
    for (const topicId of [2, 3])
      await client.get(inferencePath(topicId, '&inference_value_type=int256'), z.any());
    expect((await client.get(TOPICS, topicsPageShape)).topics).toHaveLength(4);
  });
});

afterAll(async () => {
  await guarded?.close();
  await app?.close();
  for (const database of databases) await database.drop();
});

describe('topics', () => {
  const registration = (address: string, role: Role) =>
    Registration.fromPartial({ topicId: 2, address, role, height: 1 });

  it('tell what is registered, staked and paid, each fact counted once', async () => {
    const repeated = registration('w1', Role.WORKER);
    await network.append(busTopics.registrations, [
      repeated,
      repeated,
      registration('w2', Role.WORKER),
      registration('w1', Role.REPUTER),
    ]);
    const weight = { topicId: 2, height: 90, weight: 7, stakeUallo: '11514700000000000001', active: true };
    await network.append(busTopics.topicWeights, [
      TopicWeight.fromPartial(weight),
      TopicWeight.fromPartial({ ...weight, height: 80, stakeUallo: '5' }),
    ]);
    const paid = EpochRewards.fromPartial(epochRewards(2, 100));
    paid.payments[1]!.delegatorsUallo = '500000000000000000';
    await network.append(busTopics.epochRewards, [paid, paid]);
    await eventually(async () => {
      const { topics } = await client.get(TOPICS, topicsPageShape);
      expect(topics[1]).toEqual({
        topic_id: 2,
        topic_name: 'topic 2',
        description: null,
        epoch_length: 10,
        ground_truth_lag: 10,
        loss_method: 'mse',
        worker_submission_window: 5,
        worker_count: 2,
        reputer_count: 1,
        total_staked_allo: 11.5147,
        total_emissions_allo: 10.5,
        is_active: true,
        updated_at: expect.any(String),
      });
      const changedMs = Date.parse(topics[1]!.updated_at);
      expect(Date.now() - changedMs).toBeLessThan(120_000);
      expect(topics[3]).toMatchObject({ topic_id: 4, is_active: false, worker_count: 0 });
    });
  });

  it('are served under every name of the chain, with the version in front and without', async () => {
    const all = await client.get(TOPICS, topicsPageShape);
    const bare = new CompatClient(app.httpUrl);
    expect(await bare.get(TOPICS, topicsPageShape)).toEqual(all);
    for (const chain of ['allora-mainnet-1', 'allora-local-1'])
      expect(await bare.get(`allora/${chain}/topics`, topicsPageShape)).toEqual(all);
    expect(await client.refused('allora/other-1/topics')).toMatchObject({
      status: 404,
      body: { status: false, data: null, apiResponseMessage: expect.stringContaining('other-1') },
    });
  });

  it('come all at once unless pages are asked for; more than a thousand, too', async () => {
    const ids = Array.from({ length: 1_050 }, (_, i) => 1_000 + i);
    await app.database.prisma.gatewayTopic.createMany({
      data: ids.map((id) => ({
        topicId: BigInt(id),
        message: Buffer.from(Topic.encode({ ...topic(id), metadata: ' ' }).finish()),
      })),
    });
    const all = await client.get(TOPICS, topicsPageShape);
    expect(all.continuation_token).toBeNull();
    expect(all.topics).toHaveLength(1_054);
    expect(all.topics.at(-1)!.topic_name).toBe('Topic 2049');

    const pages: number[][] = [];
    let path = `${TOPICS}?limit=300`;
    for (;;) {
      const page = await client.get(path, topicsPageShape);
      pages.push(page.topics.map(({ topic_id }) => topic_id));
      if (page.continuation_token === null) break;
      expect(page.continuation_token).toMatch(/^[A-Za-z0-9_-]+$/);
      // As the clients do it: nothing escaped, and nothing else sent along.
      path = `${TOPICS}?continuation_token=${page.continuation_token}`;
    }
    expect(pages.map(({ length }) => length)).toEqual([300, 300, 300, 154]);
    expect(pages.flat()).toEqual(all.topics.map(({ topic_id }) => topic_id));
    await app.database.prisma.gatewayTopic.deleteMany({ where: { topicId: { in: ids.map(BigInt) } } });

    const exact = await client.get(`${TOPICS}?limit=4`, topicsPageShape);
    expect(exact).toMatchObject({ topics: { length: 4 }, continuation_token: null });
    for (const query of ['continuation_token=bad', 'continuation_token=', 'limit=0', 'limit=1001', 'limit=x'])
      expect(await client.refused(`${TOPICS}?${query}`)).toMatchObject({
        status: 400,
        body: { status: false },
      });
  });
});

describe('an inference', () => {
  it('has its numbers as text of exact digits, and a signature of now', async () => {
    const { inference_data, signature, token_decimals } = await client.get(inferencePath(1), inferenceShape);
    expect(token_decimals).toBe(18);
    expect(inference_data).toEqual({
      network_inference: '101500000000000000000',
      network_inference_normalized: '101.5',
      confidence_interval_percentiles: [
        '2280000000000000000',
        '15870000000000000000',
        '50000000000000000000',
        '84130000000000000000',
        '97720000000000000000',
      ],
      confidence_interval_percentiles_normalized: ['2.28', '15.87', '50.0', '84.13', '97.72'],
      confidence_interval_values: [98, 99, 100, 101, 102].map((x) => `${x}000000000000000000`),
      confidence_interval_values_normalized: ['98.0', '99.0', '100.0', '101.0', '102.0'],
      topic_id: '1',
      timestamp: expect.any(Number),
      extra_data: '0x',
    });
    expect(Math.abs(Date.now() / 1_000 - inference_data.timestamp)).toBeLessThan(5);
    expect(['1b', '1c']).toContain(signature.slice(-2));
  });

  it('has two empty lists where the network gave no interval', async () => {
    const { inference_data } = await client.get(inferencePath(3), inferenceShape);
    expect(inference_data).toMatchObject({
      network_inference: '83060032720684700000000',
      network_inference_normalized: '83060.0327206847',
      confidence_interval_percentiles: [],
      confidence_interval_percentiles_normalized: [],
      confidence_interval_values: [],
      confidence_interval_values_normalized: [],
    });
  });

  it('is found by asset and timeframe in any case', async () => {
    for (const [pair, topicId] of [
      ['BTC/5m', '1'],
      ['btc/5M', '1'],
      ['SOL/24h', '3'],
    ])
      expect(
        (await client.get(`allora/consumer/price/${FORMAT}/${pair}`, inferenceShape)).inference_data.topic_id,
      ).toBe(topicId);
    expect(await client.refused(`allora/consumer/price/${FORMAT}/ETH/5m`)).toMatchObject({
      status: 404,
      body: { apiResponseMessage: 'no topic gives the price of ETH over 5m' },
    });
  });

  it('below zero is refused as uint256, and given as int256', async () => {
    expect(await client.refused(inferencePath(2))).toMatchObject({
      status: 422,
      body: { status: false, code: 'NOT_REPRESENTABLE', apiResponseMessage: expect.stringMatching(/int256/) },
    });
    const { inference_data } = await client.get(
      inferencePath(2, '&inference_value_type=int256'),
      inferenceShape,
    );
    expect(inference_data).toMatchObject({
      network_inference: '-250000000000000000',
      network_inference_normalized: '-0.25',
      confidence_interval_values_normalized: ['-2.0', '-1.0', '0.0', '1.0', '2.0'],
      extra_data: `0x${Buffer.from('int256').toString('hex')}`,
    });
  });

  it('is refused in plain words where there is none', async () => {
    const refusals: [path: string, status: number, message: RegExp][] = [
      [inferencePath(4), 404, /topic 4 has no network inference yet/],
      [inferencePath(404), 404, /topic 404 does not exist/],
      [inferencePath('x'), 400, /allora_topic_id/],
      [inferencePath('1&allora_topic_id=2'), 400, /allora_topic_id/],
      [`allora/consumer/${FORMAT}`, 400, /allora_topic_id/],
      [inferencePath(1, '&inference_value_type=bytes'), 400, /inference_value_type/],
      [inferencePath(1, '', 'ethereum-1'), 404, /"ethereum-1" is not configured.*ethereum-11155111/],
      [inferencePath(1, '', 'solana'), 404, /"solana" is not configured/],
    ];
    for (const [path, status, message] of refusals) {
      const refusal = await client.refused(path);
      expect({ path, status: refusal.status }).toEqual({ path, status });
      expect(refusal.body).toMatchObject({
        status: false,
        data: null,
        apiResponseMessage: expect.stringMatching(message),
      });
    }
  });
});

describe('the signature', () => {
  const chains = [
    { format: 'ethereum-11155111', chainId: 11_155_111, contract: SEPOLIA },
    { format: 'ethereum-31337', chainId: 31_337, contract: CONTRACT },
  ];
  const signedOf = async (topicId: number, chain: (typeof chains)[number]) => {
    const path = inferencePath(topicId, '&inference_value_type=int256', chain.format);
    const { signature, inference_data: data } = await client.get(path, inferenceShape);
    return {
      signature,
      chainId: chain.chainId,
      contract: chain.contract,
      networkInference: data.network_inference,
      percentiles: data.confidence_interval_percentiles,
      values: data.confidence_interval_values,
      timestamp: data.timestamp,
      topicId: data.topic_id,
      extraData: data.extra_data,
    };
  };

  it("leads a contract to the network's key, for every topic and chain", async () => {
    for (const chain of chains)
      for (const topicId of [1, 2, 3]) expect(ecrecover(await signedOf(topicId, chain))).toBe(SIGNER);
    const { signature, inference_data: data } = await client.get(inferencePath(1), inferenceShape);
    expect(
      ecrecover({
        signature,
        ...chains[0]!,
        networkInference: data.network_inference,
        percentiles: data.confidence_interval_percentiles,
        values: data.confidence_interval_values,
        timestamp: data.timestamp,
        topicId: data.topic_id,
        extraData: data.extra_data,
      }),
    ).toBe(SIGNER);
  });

  it('leads elsewhere once anything is changed', async () => {
    const signed = await signedOf(1, chains[0]!);
    for (const changed of [
      { networkInference: '101500000000000000001' },
      { timestamp: signed.timestamp + 1 },
      { topicId: '2' },
      { extraData: '0x' },
      { values: [...signed.values].reverse() },
      { percentiles: [], values: [] },
      { chainId: 1 },
      { contract: CONTRACT },
    ])
      expect(ecrecover({ ...signed, ...changed })).not.toBe(SIGNER);
  });

  it("is its signer's, whom everybody may know", async () => {
    const answer = await fetch(`${app.httpUrl}/v1/evm`);
    expect(await answer.json()).toEqual({
      signer: SIGNER,
      consumers: chains.map(({ format, chainId, contract }) => ({
        signatureFormat: format,
        chainId,
        contract: contract.toLowerCase(),
      })),
    });
  });
});

describe('whatever fails', () => {
  it('is told in the envelope, also where no handler is', async () => {
    for (const [base, path] of [
      ['/v2', 'allora/nothing'],
      ['/v2', 'nothing'],
      ['', 'allora/a/b/c'],
    ] as const) {
      const refusal = await new CompatClient(app.httpUrl + base).refused(path);
      expect(refusal).toMatchObject({ status: 404, body: { status: false, data: null } });
      expect(refusal.body.request_id).toBe(refusal.headers.get('x-request-id'));
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const refusal = await client.refused(TOPICS, { method, ...(method === 'POST' ? { body: '{' } : {}) });
      expect(refusal).toMatchObject({ status: 405, body: { status: false, code: 'METHOD_NOT_ALLOWED' } });
      expect(refusal.headers.get('allow')).toBe('GET, HEAD');
    }
    expect((await fetch(`${app.httpUrl}/v2/${TOPICS}`, { method: 'HEAD' })).status).toBe(200);
  });

  it('is JSON even where the address does not parse or is too long', async () => {
    for (const path of ['/v2/allora/%zz', `/v2/${TOPICS}?x=${'y'.repeat(20_000)}`]) {
      const response = await fetch(app.httpUrl + path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(typeof (await response.json())).toBe('object');
    }
  });

  it('stays a problem outside these paths', async () => {
    const response = await fetch(`${app.httpUrl}/v1/topics/x`);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('is a missing or unknown key where keys are configured', async () => {
    const base = `${guarded.httpUrl}/v2`;
    expect(await new CompatClient(base, 'UP-0123456789').get(TOPICS, topicsPageShape)).toEqual({
      topics: [],
      continuation_token: null,
    });
    for (const key of [undefined, 'UP-unknown', 'up-0123456789']) {
      const refusal = await new CompatClient(base, key).refused(TOPICS);
      expect(refusal).toMatchObject({ status: 401, body: { status: false, code: 'UNKNOWN_API_KEY' } });
      expect(JSON.stringify(refusal.body)).not.toContain('0123456789');
    }
  });

  it('is a format that no contract is configured for', async () => {
    const keyed = new CompatClient(`${guarded.httpUrl}/v2`, 'UP-0123456789');
    expect(await keyed.refused(inferencePath(1))).toMatchObject({
      status: 404,
      body: { apiResponseMessage: expect.stringMatching(/configured: none; an operator sets EVM_CHAINS/) },
    });
    expect(await (await fetch(`${guarded.httpUrl}/v1/evm`)).json()).toEqual({ signer: null, consumers: [] });
  });

  it('is too many requests of an address', async () => {
    const keyed = new CompatClient(`${guarded.httpUrl}/v2`, 'UP-0123456789');
    const refusal = await eventually(async () => {
      const answer = await keyed.refused(TOPICS);
      expect(answer.status).toBe(429);
      return answer;
    });
    expect(refusal.body).toMatchObject({ status: false, code: 'RATE_LIMITED', data: null });
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
