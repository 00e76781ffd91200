import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import { createClient } from '@allora/sdk/client';
import { startApp } from '@allora/service-kit/app';
import { Log } from '@allora/service-kit/log';
import { epochTrace } from '@allora/service-kit/tracing/epoch-trace';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCast } from '../demo/cast';
import type { EpochReport } from '../demo/report';
import { runDemo } from '../demo/run-demo';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from './trace-receiver';

const chainId = 'allora-test-1';
const SEED = '3';
const EPOCHS = 3;
const ADMIN_TOKEN = 'a-token-that-no-line-may-tell';
const cast = createCast(SEED);

interface Run {
  readonly nonces: readonly number[];
  readonly sha256: string;
  /** Payloads of all network inferences on the log. */
  readonly inferences: readonly string[];
  /** Trace contexts of all records on the log. */
  readonly traceParents: readonly string[];
  readonly lines: readonly Record<string, unknown>[];
}

async function play(settings: Record<string, unknown>): Promise<Run> {
  const database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', faucet: 'open' },
    ...{
      httpPort: 0,
      grpcPort: 0,
      httpHost: '127.0.0.1',
      grpcHost: '127.0.0.1',
      networkKey: '2a'.repeat(32),
    },
    ...{ adminToken: ADMIN_TOKEN, ...settings },
  });
  const config = { ...parsed, databaseUrl: database.url };
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  const log = Log.create({ name: 'standalone', level: 'debug', format: 'json', destination });
  const app = await startApp({ name: 'standalone', config, log, modules: allModules(config) });
  try {
    const client = createClient({ baseUrl: app.httpUrl, chainId, adminToken: ADMIN_TOKEN });
    const reports: EpochReport[] = [];
    const summary = await runDemo({
      client,
      epochs: EPOCHS,
      seed: SEED,
      onEpoch: (one) => reports.push(one),
    });
    const rows = await app.database.prisma.$queryRaw<{ topic: string; value: Uint8Array }[]>`
      SELECT topic, value FROM bus.log_records ORDER BY topic, "offset"`;
    const envelopes = rows.map(({ topic, value }) => ({ topic, ...Envelope.decode(value) }));
    return {
      nonces: reports.map(({ nonce }) => nonce),
      sha256: summary.inferencesSha256,
      inferences: envelopes
        .filter(({ topic }) => topic === busTopics.networkInferences.name)
        .map(({ payload }) => Buffer.from(payload).toString('hex')),
      traceParents: envelopes.map(({ traceParent }) => traceParent),
      lines,
    };
  } finally {
    await app.close();
    await database.drop();
  }
}

let receiver: TraceReceiver;
let traced: Run;
let untraced: Run;

beforeAll(async () => {
  receiver = await startTraceReceiver();
  traced = await play({ otelExporterOtlpEndpoint: receiver.url });
  untraced = await play({});
});

afterAll(() => receiver?.close());

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

describe('a traced network', () => {
  const ofEpoch = () => {
    const { traceId } = epochTrace(chainId, { topicId: 1, nonce: traced.nonces[0]! });
    return receiver.spans.filter((span) => span.traceId === traceId);
  };

  it('has every step from the request to the payout in one trace', () => {
    const names = new Set(ofEpoch().map(({ name }) => name));
    for (const step of [
      'epoch',
      'POST /v1/topics/:id/inferences',
      'accept allora.inference-submissions.v1',
      'publish allora.inference-submissions.v1',
      'process allora.inference-submissions.v1',
      'publish allora.inference-sets.v1',
      'process allora.inference-sets.v1',
      'publish allora.network-inferences.v1',
      'POST /v1/topics/:id/losses',
      'publish allora.loss-sets.v1',
      'process allora.loss-sets.v1',
      'publish allora.network-losses.v1',
      'publish allora.epoch-scores.v1',
      'process allora.epoch-scores.v1',
      'publish allora.epoch-rewards.v1',
      'process allora.epoch-rewards.v1',
    ])
      expect(names, step).toContain(step);
  });

  it('follows each submission from its own request onto the log', () => {
    const spans = ofEpoch();
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const accepted = named(spans, 'accept allora.inference-submissions.v1');
    const appended = named(spans, 'publish allora.inference-submissions.v1');
    expect(accepted.map(({ attributes }) => attributes['allora.author']).toSorted()).toEqual(
      cast.inferers.map(({ account }) => account.address).toSorted(),
    );
    for (const { spanId, parentSpanId } of accepted) {
      expect(byId.get(parentSpanId)?.name).toBe('POST /v1/topics/:id/inferences');
      const carrying = appended.filter(
        (span) => span.parentSpanId === spanId || span.links.some((link) => link.spanId === spanId),
      );
      expect(carrying).toHaveLength(1);
    }
  });

  it('has no span without its parent, and one root', () => {
    const spans = ofEpoch();
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentSpanId }) => parentSpanId === '').map(({ name }) => name)).toEqual([
      'epoch',
    ]);
    expect(spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId))).toEqual([]);
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
  });

  it('keeps the epochs apart, and leaves none for probes', () => {
    const traces = traced.nonces.map((nonce) => epochTrace(chainId, { topicId: 1, nonce }).traceId);
    for (const [i, nonce] of traced.nonces.entries())
      for (const span of receiver.spans.filter(({ traceId }) => traceId === traces[i]))
        expect(span.attributes['allora.nonce'] ?? String(nonce), span.name).toBe(String(nonce));
    expect(receiver.spans.filter(({ name }) => name.includes('/health'))).toEqual([]);
  });

  it('tells the same, byte for byte, as one that is not', () => {
    expect(traced.traceParents.filter((text) => text !== '').length).toBeGreaterThan(20);
    expect(new Set(untraced.traceParents)).toEqual(new Set(['']));
    expect(traced.inferences.length).toBeGreaterThanOrEqual(EPOCHS);
    // An epoch that had just begun at the end may have been told in one of them already.
    expect(traced.inferences.slice(0, EPOCHS)).toEqual(untraced.inferences.slice(0, EPOCHS));
    expect(traced.sha256).toBe(untraced.sha256);
  });
});

describe('the log', () => {
  it('says of which request, epoch and trace a line is', () => {
    const requests = traced.lines.filter(({ msg }) => msg === 'http request');
    expect(requests.length).toBeGreaterThan(20);
    for (const line of requests) expect(line).toHaveProperty('requestId');
    const sent = requests.find(({ route }) => route === '/v1/topics/:id/inferences')!;
    expect(sent.traceId).toBe(epochTrace(chainId, { topicId: 1, nonce: traced.nonces[0]! }).traceId);
    const handled = traced.lines.filter(({ msg }) => msg === 'records handled');
    for (const line of handled.filter(({ nonce }) => nonce !== undefined))
      expect(line.traceId).toBe(
        epochTrace(chainId, { topicId: Number(line.topicId), nonce: Number(line.nonce) }).traceId,
      );
    expect(handled.filter(({ nonce }) => nonce === traced.nonces[0]).length).toBeGreaterThan(5);
  });

  it('says no secret', () => {
    const all = JSON.stringify([traced.lines, untraced.lines]);
    for (const secret of [ADMIN_TOKEN, '2a'.repeat(32), ...passwords()]) expect(all).not.toContain(secret);
  });
});

const passwords = (): string[] =>
  [...JSON.stringify(process.env).matchAll(/\w+:\/\/[^\s:/@"]+:([^\s@"]+)@/g)].map(
    ([, password]) => `:${password}@`,
  );
