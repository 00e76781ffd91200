import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { synthesisConfig } from '../src/config';
import { SynthesisModule } from '../src/synthesis.module';
import { type EpochLogs, epochLogs, EPOCHS } from './epoch-logs';

const TOPICS = [7, 8];
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Network {
  readonly databaseUrl: string;
  readonly bus: 'embedded' | 'kafka';
  readonly kafkaBrokers: string[];
  readonly busTopicPrefix: string;
}

async function createNetwork(bus: Network['bus']): Promise<Network> {
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const kafkaBrokers =
    bus === 'kafka' ? (await ensureStack({ parts: ['kafka'] })).kafkaBrokers.split(',') : [];
  const busTopicPrefix = `synthesis-${randomUUID().slice(0, 8)}.`;
  if (bus === 'kafka') closers.push(() => deleteTopicsOf(kafkaBrokers, busTopicPrefix));
  return { databaseUrl: database.url, bus, kafkaBrokers, busTopicPrefix };
}

type Told = Map<number, { nonce: number; bytes: Buffer }[]>;

/** Synthesis on the network, and the bus of a neighbour that tells it everything and hears what it tells. */
async function open(network: Network, told: Told): Promise<{ app: RunningApp; neighbour: ServiceBus }> {
  const config = synthesisConfig.parse({
    ...network,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'error',
    kafkaPartitions: 2,
  });
  const app = await startApp({ name: 'synthesis', config, modules: [SynthesisModule.register(config)] });
  closers.push(() => app.close());
  const neighbour = app.peer('gateway');
  neighbour.on(busTopics.networkInferences, (inference) => {
    const bytes = Buffer.from(NetworkInference.encode(inference).finish());
    told.set(inference.topicId, [...(told.get(inference.topicId) ?? []), { nonce: inference.nonce, bytes }]);
    return Promise.resolve();
  });
  await neighbour.start();
  return { app, neighbour };
}

/** Tells the records of all logs from one share of their length to another, the logs side by side. */
async function tell(neighbour: ServiceBus, logs: EpochLogs, from: number, to: number): Promise<void> {
  const some = <T>(log: readonly T[]): T[] =>
    log.slice(Math.floor(log.length * from), Math.floor(log.length * to));
  await Promise.all([
    neighbour.append(busTopics.epochRewards, some(logs.epoch_rewards)),
    neighbour.append(busTopics.networkLosses, some(logs.network_losses)),
    neighbour.append(busTopics.inferenceSets, some(logs.inference_set)),
    neighbour.append(busTopics.epochScores, some(logs.epoch_scores)),
    neighbour.append(busTopics.forecastSets, some(logs.forecast_set)),
  ]);
}

const count = (told: Told): number => [...told.values()].reduce((sum, { length }) => sum + length, 0);
const waitFor = (told: Told, inferences: number) =>
  vi.waitFor(() => expect(count(told)).toBeGreaterThanOrEqual(inferences), { timeout: 60_000, interval: 50 });

async function playThrough(bus: Network['bus']): Promise<Told> {
  const told: Told = new Map();
  const { app, neighbour } = await open(await createNetwork(bus), told);
  await Promise.all(TOPICS.map((topic) => tell(neighbour, epochLogs(topic, topic), 0, 1)));
  await waitFor(told, EPOCHS * TOPICS.length);
  await app.close();
  return told;
}

async function playWithRestart(bus: Network['bus']): Promise<Told> {
  const told: Told = new Map();
  const network = await createNetwork(bus);
  const first = await open(network, told);
  await Promise.all(TOPICS.map((topic) => tell(first.neighbour, epochLogs(topic, topic), 0, 0.5)));
  await waitFor(told, 1);
  await first.app.close();
  const second = await open(network, told);
  await Promise.all(TOPICS.map((topic) => tell(second.neighbour, epochLogs(topic, topic), 0.5, 1)));
  await waitFor(told, EPOCHS * TOPICS.length);
  await second.app.close();
  return told;
}

let expected: Told | undefined;

describe.each(['embedded', 'kafka'] as const)('synthesis on the %s bus', (bus) => {
  it('tells one inference of every epoch, in nonce order, the same on every bus', async () => {
    const told = await playThrough(bus);
    const nonces = Array.from({ length: EPOCHS }, (_, i) => 10 * (i + 1));
    for (const topic of TOPICS) expect(told.get(topic)!.map(({ nonce }) => nonce)).toEqual(nonces);
    expected ??= told;
    expect(sorted(told)).toEqual(sorted(expected));
  });

  it('goes on where it stopped and gives the same bytes', async () => {
    expect(sorted(await playWithRestart(bus))).toEqual(sorted(expected!));
  });
});

const sorted = (told: Told) => [...told].sort(([a], [b]) => a - b);
