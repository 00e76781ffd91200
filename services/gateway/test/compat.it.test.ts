import 'reflect-metadata';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { EpochRewards, TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { Registration, Role, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { RunningApp } from '@allora/service-kit/app';
import { ManualClock } from '@allora/service-kit/clock';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { GatewayApps } from './apps';
import { CompatClient, inferenceShape, topicsPageShape } from './compat-client';
import { CONTRACT, FORMAT, inferencePath, SEPOLIA, SIGNER, signing, TOPICS } from './compat-settings';
import { ecrecover } from './ecrecover';
import { epochRewards, networkInference, noInference, topic } from './fixtures';

/** Values that are easily written wrong, by topic. */
const VALUES: Readonly<Record<number, number>> = {
  10: 1e-13,
  11: 9e-19,
  12: 1.234e25,
  13: 0,
  14: 0.1 + 0.2,
  15: 1e59,
  16: 1e60,
};

const apps = new GatewayApps();
const clock = new ManualClock(Date.now());
let app: RunningApp;
let network: ServiceBus;
let client: CompatClient;

const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });

beforeAll(async () => {
  app = await apps.start(
    {
      ...signing,
      priceTopics: ['BTC/5m=1', 'sol/24H=3'],
      corsOrigins: ['https://app.example'],
    },
    { clock },
  );
  client = new CompatClient(`${app.httpUrl}/v2`);
  network = app.peer('topic-coordinator');
  await network.append(busTopics.topics, [topic(1), topic(2), topic(3), { ...topic(4), active: false }]);
  await network.append(busTopics.networkInferences, [
    networkInference(1, 100),
    { ...networkInference(2, 100), combined: -0.25, confidenceValues: [-2, -1, 0, 1, 2] },
    { ...networkInference(3, 100), combined: 83060.0327206847, confidenceValues: [] },
    noInference(4, 100),
    ...Object.entries(VALUES).map(([topicId, combined]) => ({
      ...networkInference(Number(topicId), 100),
      combined,
      confidenceValues: [],
    })),
  ]);
  await eventually(async () => {
    for (const topicId of [2, 3, 14])
      await client.get(inferencePath(topicId, '&inference_value_type=int256'), z.any());
    expect((await client.get(TOPICS, topicsPageShape)).topics).toHaveLength(4);
  });
});

afterAll(() => apps.close());

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
      body: { apiResponseMessage: expect.stringContaining('other-1') },
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
    expect(await client.allTopicsBySameAddress(TOPICS)).toEqual(all.topics);
    expect(await client.allTopicsByToken(TOPICS)).toEqual(all.topics);
    await app.database.prisma.gatewayTopic.deleteMany({ where: { topicId: { in: ids.map(BigInt) } } });

    const exact = await client.get(`${TOPICS}?limit=4`, topicsPageShape);
    expect(exact).toMatchObject({ topics: { length: 4 }, continuation_token: null });
    for (const query of ['continuation_token=bad', 'continuation_token=', 'limit=0', 'limit=1001', 'limit=x'])
      expect(await client.refused(`${TOPICS}?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'MALFORMED' },
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
    expect(inference_data.timestamp).toBe(Math.floor(clock.nowMs() / 1_000));
    expect(['1b', '1c']).toContain(signature.slice(-2));
    const bare = new CompatClient(app.httpUrl);
    expect(await bare.get(`${inferencePath(1)}&unknown=1`, inferenceShape)).toEqual(
      await client.get(inferencePath(1, '&inference_value_type=uint256'), inferenceShape),
    );
  });

  it.each([
    [10, '100000', '0.0000000000001'],
    [11, '0', '0.0'],
    [12, '12340000000000000000000000000000000000000000', '12340000000000000000000000.0'],
    [13, '0', '0.0'],
    [14, '300000000000000040', '0.30000000000000004'],
    [15, `1${'0'.repeat(77)}`, `1${'0'.repeat(59)}.0`],
  ])('of topic %i is the number %s, read as %s', async (topicId, digits, text) => {
    const { inference_data } = await client.get(inferencePath(topicId), inferenceShape);
    expect(inference_data).toMatchObject({
      topic_id: String(topicId),
      network_inference: digits,
      network_inference_normalized: text,
    });
    expect(Number(text)).toBeCloseTo(VALUES[topicId]!, 17);
  });

  it('too large for its type is refused', async () => {
    for (const [topicId, type] of [
      [16, 'uint256'],
      [15, 'int256'],
    ] as const)
      expect(await client.refused(inferencePath(topicId, `&inference_value_type=${type}`))).toMatchObject({
        status: 422,
        body: { code: 'NOT_REPRESENTABLE', apiResponseMessage: expect.stringContaining(type) },
      });
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
      body: { code: 'NOT_REPRESENTABLE', apiResponseMessage: expect.stringMatching(/int256/) },
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
      expect(refusal.body.apiResponseMessage).toMatch(message);
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

  it('is made once in a second, and is never of an earlier one', async () => {
    const made = async () => {
      const { values } = await app
        .get(MetricsRegistry)
        .getSingleMetric('allora_gateway_evm_signatures_total')!
        .get();
      return values.reduce((sum, { value }) => sum + value, 0);
    };
    const ask = (path: string) => client.get(path, inferenceShape);
    const ofNow = async (path: string) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(path)));
      for (const { inference_data } of answers)
        expect(inference_data.timestamp).toBe(Math.floor(clock.nowMs() / 1_000));
    };
    clock.set(Math.ceil(clock.nowMs() / 1_000) * 1_000 + 1_000);
    const before = await made();
    await ofNow(inferencePath(1));
    clock.advance(999);
    await ofNow(inferencePath(1));
    await ofNow(`allora/consumer/price/${FORMAT}/BTC/5m`);
    expect(await made()).toBe(before + 1);
    clock.advance(1);
    await ofNow(inferencePath(1));
    expect(await made()).toBe(before + 2);
    for (const path of [
      inferencePath(1, '&inference_value_type=int256'),
      inferencePath(1, '', 'ethereum-31337'),
      inferencePath(3),
    ])
      await ofNow(path);
    expect(await made()).toBe(before + 5);
  });

  it('is made anew for a newer inference, within the same second', async () => {
    const { inference_data: old } = await client.get(inferencePath(3), inferenceShape);
    await network.append(busTopics.networkInferences, [{ ...networkInference(3, 110), combined: 84_000 }]);
    await eventually(async () => {
      const { inference_data } = await client.get(inferencePath(3), inferenceShape);
      expect(inference_data).toMatchObject({
        network_inference_normalized: '84000.0',
        timestamp: old.timestamp,
      });
    });
  });

  it("is its signer's, whom everybody may know", async () => {
    const answer = await fetch(`${app.httpUrl}/v1/evm`);
    expect(await answer.json()).toEqual({
      signer: SIGNER,
      otherSigners: [{ address: `0x${'ab'.repeat(20)}`, from: '2026-03-01T00:00:00Z', until: null }],
      consumers: chains.map(({ format, chainId, contract }) => ({
        signatureFormat: format,
        chainId,
        contract: contract.toLowerCase(),
      })),
    });
  });
});
