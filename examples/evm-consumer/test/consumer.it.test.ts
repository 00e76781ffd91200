import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { gatewayConfig } from '@allora/gateway/config';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase } from '@allora/store/testing';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Hex, toFunctionSelector } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConsumerArgument, consumerArgument, type ServedInference } from '../src/served-inference';
import {
  abi,
  accepted,
  CHAIN_ID,
  changed,
  Consumer,
  CONTRACT,
  type Inference,
  OWNER,
  SIGNER,
  STRANGER,
} from './consumer';

describe('the interface', () => {
  it.each([
    ['verifyNetworkInference', '0x760dbc47'],
    ['verifyNetworkInferenceViewOnly', '0x6ec656a6'],
    ['getNetworkInferenceMessage', '0xf170cf98'],
    ['getTopicValue', '0x7b5e6ad8'],
    ['AlloraConsumerNotSwitchedOn', '0x4906b59b'],
    ['AlloraConsumerInvalidConfidenceIntervals', '0xca99d314'],
    ['AlloraConsumerInvalidDataTime', '0xe684c295'],
    ['AlloraConsumerInvalidDataProvider', '0xd2f31aac'],
    ['SafeCastOverflowedUintDowncast', '0x6dfcc650'],
  ])('%s is %s, as callers know it', (name, selector) => {
    const item = abi.find((entry) => 'name' in entry && entry.name === name);
    // The selector of an error is made as a function's is.
    expect(toFunctionSelector({ ...item, type: 'function', outputs: [] } as never)).toBe(selector);
  });
});

interface Vector {
  readonly name: string;
  readonly chainId: string;
  readonly contract: Hex;
  readonly networkInference: string;
  readonly timestamp: string;
  readonly topicId: string;
  readonly extraData: Hex;
  readonly confidenceIntervalPercentiles: readonly string[];
  readonly confidenceIntervalValues: readonly string[];
  readonly typedDigest: string;
  readonly signature: Hex;
}

const vectorsFile = path.join(import.meta.dirname, '../../../libs/identity/vectors/evm-inferences.json');
const vectors = JSON.parse(readFileSync(vectorsFile, 'utf8')) as Vector[];
const argumentOf = (vector: Vector): ConsumerArgument =>
  consumerArgument({
    signature: vector.signature,
    inference_data: {
      network_inference: vector.networkInference,
      confidence_interval_percentiles: vector.confidenceIntervalPercentiles,
      confidence_interval_values: vector.confidenceIntervalValues,
      topic_id: vector.topicId,
      timestamp: Number(vector.timestamp),
      extra_data: vector.extraData,
    },
  });

describe('every vector', () => {
  it.each(vectors)('has its digest, and is accepted: $name', async (vector) => {
    const consumer = await Consumer.deploy(Number(vector.chainId), vector.contract);
    const argument = argumentOf(vector);
    consumer.chain.timestamp = argument.networkInference.timestamp;
    expect(await consumer.call('getNetworkInferenceMessage', [argument.networkInference])).toBe(
      `0x${vector.typedDigest}`,
    );
    expect(await consumer.verify(argument)).toEqual(accepted(argument));
  });
});

describe('a signature', () => {
  const argument = argumentOf(vectors[0]!);
  const signed = argument.networkInference;
  const OTHER_SIGNER = 'AlloraConsumerInvalidDataProvider';
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.deploy(CHAIN_ID, CONTRACT);
    consumer.chain.timestamp = signed.timestamp + 10n;
  });

  it('covers every part of the inference', async () => {
    const [first, second, ...others] = signed.confidenceIntervalValues;
    const changes: Partial<Inference>[] = [
      { networkInference: signed.networkInference + 1n },
      { networkInference: 0n },
      { topicId: signed.topicId + 1n },
      { timestamp: signed.timestamp + 1n },
      { timestamp: signed.timestamp - 1n },
      { extraData: '0x00' },
      { extraData: '0x696e74323536' },
      { confidenceIntervalPercentiles: [1n, ...signed.confidenceIntervalPercentiles.slice(1)] },
      { confidenceIntervalValues: [second!, first!, ...others] },
      {
        confidenceIntervalPercentiles: signed.confidenceIntervalValues,
        confidenceIntervalValues: signed.confidenceIntervalPercentiles,
      },
      { confidenceIntervalPercentiles: [], confidenceIntervalValues: [] },
    ];
    for (const change of changes) expect(await consumer.verify(changed(argument, change))).toBe(OTHER_SIGNER);
    expect(await consumer.verify(argument)).toEqual(accepted(argument));
    // Outside of what is signed, and free for the caller.
    const outer: ConsumerArgument = { ...argument, extraData: '0xbeef' };
    expect(await consumer.verify(outer)).toEqual(accepted(argument));
  });

  it('counts with each of its bytes', async () => {
    for (let at = 0; at < 65; at++) {
      const bytes = Buffer.from(argument.signature.slice(2), 'hex');
      bytes[at]! ^= 1 << (at % 8);
      const signature: Hex = `0x${bytes.toString('hex')}`;
      expect(await consumer.verify({ ...argument, signature })).toBe(OTHER_SIGNER);
    }
  });

  it('has one form: low s, v of 27 or 28, 65 bytes', async () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const [r, s] = [argument.signature.slice(2, 66), BigInt(`0x${argument.signature.slice(66, 130)}`)];
    const v = Number(`0x${argument.signature.slice(130)}`);
    const mirrored = (order - s).toString(16).padStart(64, '0');
    const forms: Hex[] = [
      // Recovers to the same key by the algebra: only the rule of a low s refuses it.
      `0x${r}${mirrored}${(55 - v).toString(16)}`,
      `${argument.signature.slice(0, 130) as Hex}${(v - 27).toString(16).padStart(2, '0')}`,
      argument.signature.slice(0, 130) as Hex,
      `${argument.signature}00`,
      '0x',
      `0x${'00'.repeat(64)}1b`,
    ];
    for (const signature of forms)
      expect(await consumer.verify({ ...argument, signature })).toBe(OTHER_SIGNER);
  });

  it('counts on its chain and for its contract only', async () => {
    const elsewhere = [
      await Consumer.deploy(CHAIN_ID + 1, CONTRACT),
      await Consumer.deploy(CHAIN_ID, '0x8e45fbef38dac54e32afb27ac8cbab30e6818ce6'),
    ];
    for (const other of elsewhere) {
      other.chain.timestamp = signed.timestamp;
      expect(await other.verify(argument)).toBe(OTHER_SIGNER);
    }
  });

  it('counts for an hour, and five minutes ahead', async () => {
    const expectAt = async (seconds: bigint, verdict: unknown) => {
      consumer.chain.timestamp = signed.timestamp + seconds;
      expect(await consumer.verify(argument)).toEqual(verdict);
    };
    await expectAt(3_600n, accepted(argument));
    await expectAt(3_601n, 'AlloraConsumerInvalidDataTime');
    await expectAt(-300n, accepted(argument));
    await expectAt(-301n, 'AlloraConsumerInvalidDataTime');
    // Whatever number a stranger writes as the time, the answer is the same.
    for (const timestamp of [0n, 2n ** 64n, 2n ** 256n - 1n])
      expect(await consumer.verify(changed(argument, { timestamp }))).toBe('AlloraConsumerInvalidDataTime');
    consumer.chain.timestamp = signed.timestamp + 10n;
  });

  it('covers two lists of one length', async () => {
    const shorter = { confidenceIntervalValues: signed.confidenceIntervalValues.slice(1) };
    expect(await consumer.verify(changed(argument, shorter))).toBe(
      'AlloraConsumerInvalidConfidenceIntervals',
    );
  });
});

describe('the owner', () => {
  const argument = argumentOf(vectors[0]!);
  let consumer: Consumer;

  beforeEach(async () => {
    consumer = await Consumer.deploy(CHAIN_ID, CONTRACT, STRANGER);
    consumer.chain.timestamp = argument.networkInference.timestamp;
  });

  it('says who may sign; being the owner is no leave to', async () => {
    expect(await consumer.verify(argument)).toBe('AlloraConsumerInvalidDataProvider');
    await consumer.call('setDataProvider', [SIGNER, true], OWNER);
    expect(await consumer.verify(argument)).toEqual(accepted(argument));
    await consumer.call('setDataProvider', [SIGNER, false], OWNER);
    expect(await consumer.verify(argument)).toBe('AlloraConsumerInvalidDataProvider');
    await consumer.call('setDataProvider', ['0x0000000000000000000000000000000000000000', true], OWNER);
    const nobodys: ConsumerArgument = { ...argument, signature: `0x${'00'.repeat(64)}1b` };
    expect(await consumer.verify(nobodys)).toBe('AlloraConsumerInvalidDataProvider');
  });

  it('sets how long a signature counts, and switches all of it off', async () => {
    await consumer.call('setDataProvider', [SIGNER, true], OWNER);
    await consumer.call('setDataValiditySeconds', [60, 5], OWNER);
    consumer.chain.timestamp += 60n;
    expect(await consumer.verify(argument)).toEqual(accepted(argument));
    consumer.chain.timestamp += 1n;
    expect(await consumer.verify(argument)).toBe('AlloraConsumerInvalidDataTime');
    await consumer.call('setSwitchedOn', [false], OWNER);
    for (const verdict of [await consumer.verify(argument), await consumer.store(argument)])
      expect(verdict).toBe('AlloraConsumerNotSwitchedOn');
  });

  it('is one, until another accepts', async () => {
    const settings: [name: string, args: unknown[]][] = [
      ['setDataProvider', [SIGNER, true]],
      ['setDataValiditySeconds', [1, 1]],
      ['setSwitchedOn', [false]],
      ['transferOwnership', [STRANGER]],
      ['acceptOwnership', []],
    ];
    for (const [name, args] of settings) expect(await consumer.call(name, args)).toBe('OnlyOwner');
    await consumer.call('transferOwnership', [STRANGER], OWNER);
    expect(await consumer.call('owner', [])).toMatch(new RegExp(OWNER, 'i'));
    await consumer.call('acceptOwnership', []);
    expect(await consumer.call('setSwitchedOn', [false], OWNER)).toBe('OnlyOwner');
    expect(await consumer.call('setSwitchedOn', [false])).toBeUndefined();
  });
});

describe('what the gateway serves', () => {
  let app: RunningApp;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let consumer: Consumer;

  const serve = async (topicId: number, type = 'uint256'): Promise<ServedInference> => {
    const query = `allora_topic_id=${topicId}&inference_value_type=${type}`;
    const answer = await fetch(`${app.httpUrl}/v2/allora/consumer/ethereum-${CHAIN_ID}?${query}`);
    expect(answer.status).toBe(200);
    const { data } = (await answer.json()) as { data: ServedInference };
    return data;
  };
  /** A later second, in which the gateway signs anew. */
  const serveAfter = (topicId: number, { inference_data: { timestamp } }: ServedInference) =>
    vi.waitFor(
      async () => {
        const served = await serve(topicId);
        expect(served.inference_data.timestamp).toBeGreaterThan(timestamp);
        return served;
      },
      { timeout: 10_000, interval: 100 },
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    const config = gatewayConfig.parse({
      databaseUrl: database.url,
      databasePoolSize: 4,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      coordinatorGrpcAddress: 'self',
      evmChains: [`${CHAIN_ID}=${CONTRACT}`],
      evmSigningKey: '01'.padStart(64, '0'),
    });
    const coordinator = neighbour(TopicCoordinatorService, { getTopic: async () => ({ topic: undefined }) });
    app = await startApp({ name: 'gateway', config, modules: [GatewayModule.register(config), coordinator] });
    const network = app.peer('synthesis');
    await network.append(
      busTopics.topics,
      [1, 2, 3].map((id) => Topic.fromPartial({ id, active: true })),
    );
    const inference = {
      nonce: 100,
      mode: InferenceMode.WEIGHTED,
      confidenceValues: [98, 99, 100, 101, 102.25],
    };
    await network.append(busTopics.networkInferences, [
      NetworkInference.fromPartial({ ...inference, topicId: 1, combined: 2605.533879185 }),
      NetworkInference.fromPartial({ ...inference, topicId: 2, combined: 7, confidenceValues: [] }),
      NetworkInference.fromPartial({ ...inference, topicId: 3, combined: -0.25 }),
    ]);
    await vi.waitFor(() => Promise.all([serve(1), serve(2), serve(3, 'int256')]), { timeout: 30_000 });
  });

  beforeEach(async () => {
    consumer = await Consumer.deploy(CHAIN_ID, CONTRACT);
    consumer.chain.timestamp = BigInt(Math.floor(Date.now() / 1_000));
  });

  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  it('is accepted and stored, to the last digit', async () => {
    const argument = consumerArgument(await serve(1));
    expect(argument.networkInference).toMatchObject({
      networkInference: 2605533879185000000000n,
      topicId: 1n,
    });
    expect(await consumer.verify(argument)).toEqual(accepted(argument));
    expect(await consumer.call('getTopicValue', [1n, '0x'])).toEqual([0n, 0n, [], []]);
    expect(await consumer.store(argument)).toEqual(accepted(argument));
    const { networkInference, timestamp, confidenceIntervalPercentiles, confidenceIntervalValues } =
      argument.networkInference;
    const stored = [networkInference, timestamp, confidenceIntervalPercentiles, confidenceIntervalValues];
    expect(await consumer.call('getTopicValue', [1n, '0x'])).toEqual(stored);
    expect(confidenceIntervalValues.at(-1)).toBe(102_250_000_000_000_000_000n);
    const without = consumerArgument(await serve(2));
    expect(await consumer.store(without)).toEqual(accepted(without));
    expect(await consumer.call('getTopicValue', [2n, '0x'])).toMatchObject([7n * 10n ** 18n, {}, [], []]);
  });

  it('is refused with another value, topic or time', async () => {
    const argument = consumerArgument(await serve(1));
    const { networkInference, timestamp } = argument.networkInference;
    for (const change of [
      { networkInference: networkInference + 1n },
      { topicId: 2n },
      { timestamp: timestamp - 1n },
    ])
      expect(await consumer.store(changed(argument, change))).toBe('AlloraConsumerInvalidDataProvider');
    expect(await consumer.call('getTopicValue', [1n, '0x'])).toEqual([0n, 0n, [], []]);
  });

  it('never gives way to what was signed before it', async () => {
    const old = await serve(1);
    const later = await serveAfter(1, old);
    const { timestamp } = later.inference_data;
    expect(await consumer.store(consumerArgument(later))).toEqual(accepted(consumerArgument(later)));
    for (const replayed of [old, later])
      expect(await consumer.store(consumerArgument(replayed))).toBe('AlloraConsumerDataNotNewer');
    // Not stored, hence not a replay: one that is looked at counts as long as its time does.
    expect(await consumer.verify(consumerArgument(old))).toEqual(accepted(consumerArgument(old)));
    expect(await consumer.call('getTopicValue', [1n, '0x'])).toMatchObject([{}, BigInt(timestamp), {}, {}]);
    // Each topic has a time of its own.
    const other = consumerArgument(await serve(2));
    expect(await consumer.store(other)).toEqual(accepted(other));
  });

  it('below zero comes marked, and is not stored as a huge number', async () => {
    const argument = consumerArgument(await serve(3, 'int256'));
    const { networkInference, extraData } = argument.networkInference;
    expect(BigInt.asIntN(256, networkInference)).toBe(-250_000_000_000_000_000n);
    expect(Buffer.from(extraData.slice(2), 'hex').toString()).toBe('int256');
    expect(await consumer.verify(argument)).toEqual(accepted(argument));
    expect(await consumer.store(argument)).toBe('SafeCastOverflowedUintDowncast');
  });

  it('costs gas', async () => {
    const first = await serve(1);
    const firstGas = await consumer.gasOfStoring(consumerArgument(first));
    const nextGas = await consumer.gasOfStoring(consumerArgument(await serveAfter(1, first)));
    console.log(
      `gas of storing a value with its interval: ${firstGas} the first time, ${nextGas} after that`,
    );
    // Storage that was written before costs less: a sign that the figure is made of real prices.
    expect(nextGas).toBeLessThan(firstGas / 2n);
  });
});
