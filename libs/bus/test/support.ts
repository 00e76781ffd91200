import { setTimeout as sleep } from 'node:timers/promises';
import type { BusTopic } from '@allora/contracts/catalog';
import { Registration, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createServiceBus } from '../src/create-service-bus';
import type { BusOptions } from '../src/options';
import type { UnitOfWork } from '../src/service-bus';
import type { BusTransport, TransportLog } from '../src/transport';
import type { Database } from '@allora/store/database';
import { Registry } from 'prom-client';

export type Fact = Registration;

/** A topic of numbered facts: `height` is the number, `topicId` the key, `address` free text. */
export const factTopic = (name: string): BusTopic<Fact> => ({
  name: `allora.${name}.v1`,
  schema: 'allora.topics.v1.Registration',
  message: Registration,
  key: ({ topicId }) => String(topicId),
  producer: 'topic-coordinator',
  consumers: ['gateway'],
  retentionDays: null,
});

export const fact = (topicId: number, height: number, address = ''): Fact => ({
  topicId,
  height,
  address,
  role: Role.WORKER,
  shadow: false,
});

/** mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function newSeed(): number {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`SEED=${seed}`);
  return seed;
}

const quietly = () => undefined;
export const quiet: TransportLog = { debug: quietly, info: quietly, warn: quietly, error: quietly };
const loud = (fields: object, message: string) => console.log(message, fields);
export const testLog: TransportLog = process.env.BUS_TEST_LOG
  ? { debug: loud, info: loud, warn: loud, error: loud }
  : quiet;

/** Retries short enough for a test. */
export const testOptions: Partial<BusOptions> = {
  maxAttempts: 3,
  retryBaseMs: 5,
  retryMaxMs: 20,
  outageRetryMaxMs: 50,
  relayPollMs: 100,
  gaugeIntervalMs: 50,
};

export function testBus(
  service: string,
  database: Database,
  transport: BusTransport,
  options: Partial<BusOptions> = {},
) {
  const registry = new Registry();
  const bus = createServiceBus({
    ...{ service, database, transport, registry, log: testLog },
    options: { ...testOptions, ...options },
  });
  /** The sum over all series of the metric that carry these labels. */
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const found = await registry.getSingleMetric(name)?.get();
    const series = found?.values.filter((value) =>
      Object.entries(labels).every(([label, wanted]) => value.labels[label as never] === wanted),
    );
    return (series ?? []).reduce((sum, { value }) => sum + value, 0);
  };
  return { bus, metric };
}

export const effectsTable = `
  CREATE TABLE IF NOT EXISTS effects (
    id bigserial PRIMARY KEY, service text NOT NULL, key text NOT NULL, number int NOT NULL, worker text NOT NULL DEFAULT '')`;

export async function recordEffect(
  { tx }: UnitOfWork,
  service: string,
  { topicId, height }: Fact,
  worker = '',
) {
  await tx.$executeRaw`
    INSERT INTO effects (service, key, number, worker) VALUES (${service}, ${String(topicId)}, ${height}::int, ${worker})`;
}

export interface Effect {
  readonly key: string;
  readonly number: number;
  readonly worker: string;
}

export function effectsOf(database: Database, service: string): Promise<Effect[]> {
  return database.prisma.$queryRaw<Effect[]>`
    SELECT key, number, worker FROM effects WHERE service = ${service} ORDER BY id`;
}

export async function eventually<T>(
  look: () => Promise<T> | T,
  good: (value: T) => boolean,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (good(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`did not happen within ${timeoutMs} ms: ${JSON.stringify(value)}`);
    await sleep(20);
  }
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
