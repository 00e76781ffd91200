import 'reflect-metadata';
import { createEmbeddedTransport } from '@allora/bus/embedded-transport';
import { createKafkaTransport } from '@allora/bus/kafka-transport';
import type { ServiceBus } from '@allora/bus/service-bus';
import type { BusTransport } from '@allora/bus/transport';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent, EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { gatewayConfig } from '@allora/gateway/config';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { createClient } from '@allora/sdk/client';
import type { InferencePoint } from '@allora/sdk/inference-types';
import type { InferenceTold, StreamEvent } from '@allora/sdk/streams/stream-types';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { Log } from '@allora/service-kit/log';
import { Database } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { LocalServer } from '../chaos/local-stack';
import { SeededRandom } from '../chaos/random';
import { openCuttingProxy } from './cutting-proxy';

const TOPICS = [1, 2, 3];
/** A turn (phase and window), an inference (and its phase), losses (a phase). */
const EVENTS_OF_AN_EPOCH = 2 + 2 + 1;
const log = Log.create({ name: 'test', level: 'silent', format: 'json' });

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A gateway that can be stopped and started again, and a door to it that breaks every connection. */
class Stage {
  private readonly epochs: number[] = [];
  private gateway: RunningApp | undefined;
  private producer: RunningApp | undefined;
  private network: ServiceBus | undefined;

  constructor(
    private readonly transport: BusTransport,
    private readonly database: Database,
    private readonly databaseUrl: string,
  ) {}

  async start(): Promise<void> {
    const config = gatewayConfig.parse({
      databaseUrl: this.databaseUrl,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      coordinatorGrpcAddress: 'self',
      streamRetryMs: 0,
      streamHeartbeatMs: 200,
      shutdownTimeoutMs: 4_000,
    });
    const { transport, database } = this;
    this.producer ??= await startApp({ name: 'producer', config, modules: [], transport, database });
    const modules = [GatewayModule.register(config)];
    this.gateway = await startApp({ name: 'gateway', config, modules, transport, database });
  }

  get port(): number | undefined {
    return this.gateway && Number(new URL(this.gateway.httpUrl).port);
  }

  get url(): string {
    if (!this.gateway) throw new Error('the gateway does not run');
    return this.gateway.httpUrl;
  }

  async stop(): Promise<void> {
    const running = this.gateway;
    this.gateway = undefined;
    await running?.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.producer?.close();
  }

  /** The next epoch of every topic. What a broker that is away refuses is told again: the first telling stands. */
  async tellEpoch(): Promise<void> {
    const nonce = 100 + 10 * this.epochs.length;
    this.epochs.push(nonce);
    const network = (this.network ??= this.producer!.peer('topic-coordinator'));
    const height = nonce;
    const phase = EpochPhase.WORKER_WINDOW_OPENED;
    const turns = TOPICS.map((topicId) =>
      EpochEvent.fromPartial({ topicId, nonce, phase, height, closesHeight: nonce + 5, atMs: nonce }),
    );
    const mode = InferenceMode.WEIGHTED;
    const inferers = [{ inferer: 'allo1x', value: '1.5', weight: 1, regret: 0.1 }];
    const inferences = TOPICS.map((topicId) =>
      NetworkInference.fromPartial({ topicId, nonce, mode, combined: nonce / 3, naive: 1, inferers }),
    );
    const losses = TOPICS.map((topicId) => NetworkLosses.fromPartial({ topicId, nonce }));
    await append(network, busTopics.epochs, turns);
    await append(network, busTopics.networkInferences, inferences);
    await append(network, busTopics.networkLosses, losses);
  }

  get eventsTold(): number {
    return TOPICS.length * EVENTS_OF_AN_EPOCH * this.epochs.length;
  }
}

async function append<T>(bus: ServiceBus, topic: BusTopic<T>, messages: readonly T[]): Promise<void> {
  await vi.waitFor(() => bus.append(topic, messages), { timeout: 40_000, interval: 200 });
}

/** Reads through the breaking door until all that was told has come, and joins what each connection brought. */
async function watchThroughCuts(stage: Stage, seed: string, play: () => Promise<void>) {
  const random = new SeededRandom(seed);
  const proxy = await openCuttingProxy({ target: () => stage.port, bytes: () => random.whole(400, 12_000) });
  const ending = new AbortController();
  const joined: StreamEvent[] = [];
  const client = createClient({ baseUrl: proxy.url, chainId: 'test', random: () => random.unit() / 10 });
  const watching = (async () => {
    for await (const event of client.watch({ from: 'start', signal: ending.signal })) joined.push(event);
  })();
  try {
    await play();
    const arrived = () => expect(joined.length).toBeGreaterThanOrEqual(stage.eventsTold);
    await Promise.race([watching, vi.waitFor(arrived, { timeout: 40_000, interval: 20 })]);
  } finally {
    ending.abort();
    await proxy.close();
  }
  await watching;
  return { joined, cuts: proxy.cuts };
}

/** The record as one who was never cut reads it afterwards. */
async function history(stage: Stage): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of createClient({ baseUrl: stage.url, chainId: 'test' }).watch({ from: 'start' }))
    if (events.push(event) === stage.eventsTold) break;
  return events;
}

async function expectWhole(stage: Stage, joined: readonly StreamEvent[]): Promise<void> {
  expect(joined).toEqual(await history(stage));
  const names = joined.map(({ kind, told }) =>
    [kind, told.topicId, told.nonce, 'phase' in told ? told.phase : ''].join(' '),
  );
  expect(names).toHaveLength(stage.eventsTold);
  expect(new Set(names).size).toBe(stage.eventsTold);
  const client = createClient({ baseUrl: stage.url, chainId: 'test' });
  for (const topicId of TOPICS) {
    const kept: unknown[] = [];
    for await (const point of client.allInferences(topicId, { order: 'oldest' })) kept.push(shared(point));
    const streamed = joined.flatMap(({ kind, told }) =>
      kind === 'inference' && told.topicId === topicId ? [shared(told)] : [],
    );
    expect(streamed).toEqual(kept);
    expect(kept).toHaveLength(stage.eventsTold / TOPICS.length / EVENTS_OF_AN_EPOCH);
  }
}

/** What the stream and the pages of `/v1/topics/{id}/history` both tell of an inference. */
const shared = (told: InferencePoint | InferenceTold) => {
  const { nonce, mode, combined, naive, outlierResistant, effectiveWorkers, interval95, trust } = told;
  return { nonce, mode, combined, naive, outlierResistant, effectiveWorkers, interval95, trust };
};

async function openStage(open: (databaseUrl: string) => BusTransport): Promise<Stage> {
  const own = await createTestDatabase();
  const database = Database.open({ url: own.url, maxConnections: 12 });
  const transport = open(own.url);
  const stage = new Stage(transport, database, own.url);
  undo.push(
    () => own.drop(),
    () => database.close(),
    () => transport.close(),
    () => stage.close(),
  );
  await stage.start();
  return stage;
}

it('a stream cut at random places is whole when joined, over a restart of the gateway', async () => {
  const stage = await openStage((databaseUrl) => createEmbeddedTransport({ databaseUrl, log }));
  const { joined, cuts } = await watchThroughCuts(stage, 'gateway restart', async () => {
    for (let epoch = 0; epoch < 8; epoch += 1) await stage.tellEpoch();
    await stage.stop();
    for (let epoch = 0; epoch < 4; epoch += 1) await stage.tellEpoch();
    await stage.start();
    for (let epoch = 0; epoch < 4; epoch += 1) await stage.tellEpoch();
  });
  expect(cuts).toBeGreaterThan(3);
  await expectWhole(stage, joined);
});

it('and over a restart of Kafka', async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'allora-streams-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const kafka = await LocalServer.open('kafka', dir, () => undefined);
  undo.push(() => kafka.dispose());
  const stage = await openStage(() =>
    createKafkaTransport({
      brokers: [kafka.address],
      clientId: 'streams',
      partitions: 2,
      sessionTimeoutMs: 6_000,
      log,
    }),
  );
  const { joined, cuts } = await watchThroughCuts(stage, 'kafka restart', async () => {
    for (let epoch = 0; epoch < 4; epoch += 1) await stage.tellEpoch();
    const killed = stage.tellEpoch();
    kafka.kill();
    await kafka.start();
    await killed;
    for (let epoch = 0; epoch < 4; epoch += 1) await stage.tellEpoch();
  });
  expect(cuts).toBeGreaterThan(3);
  await expectWhole(stage, joined);
});
