import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@allora/sdk/client';
import { epochTrace } from '@allora/service-kit/tracing/epoch-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { borrowParts, type BorrowedParts } from '../../services/standalone/demo/distributed-parts';
import { type Network, serviceNames, startDistributed } from '../../services/standalone/demo/network';
import { stablePorts } from '../../services/standalone/demo/ports';
import { runDemo } from '../../services/standalone/demo/run-demo';
import { startTraceReceiver, type TraceReceiver } from '../../services/standalone/test/trace-receiver';
import { requirePrometheus } from '../tools/prometheus';
import { type PrometheusServer, startPrometheus } from './prometheus-server';
import { allQueries, allRules, askedFor } from './rules';

const root = path.resolve(import.meta.dirname, '../..');
const chainId = 'allora-local-1';
const EPOCHS = 3;

let dataDir: string;
let parts: BorrowedParts;
let network: Network;
let receiver: TraceReceiver;
let prometheus: PrometheusServer;
/** Names of all metrics that the seven processes tell. */
let existing: ReadonlySet<string>;
const nonces: number[] = [];

interface Targets {
  readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[];
}

/** A rate is what was counted between two looks: what happens before the first one is in none. */
async function scrapedOnce(): Promise<void> {
  for (let left = 150; left > 0; left--) {
    const { activeTargets } = await prometheus.ask<Targets>('/api/v1/targets');
    const up = activeTargets.filter(({ health }) => health === 'up');
    if (up.length === network.processes.length) return;
    await sleep(200);
  }
  throw new Error('not every process could be scraped');
}

/** Until every process was scraped after the last epoch, and each rule evaluated on it. */
const scrapesAndRulesMs = 6_000;

beforeAll(async () => {
  if (!existsSync(path.join(root, 'dist/services/gateway/main.js')))
    throw new Error('the services are not built: npm run build');
  const program = await requirePrometheus((line) => console.log(line));
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'allora-prometheus-test-'));
  receiver = await startTraceReceiver();
  parts = await borrowParts(root);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  network = await startDistributed({ root, dataDir, env }, parts);
  const targets = network.processes.map(({ name, httpUrl }) => ({
    job: name,
    address: new URL(httpUrl).host,
  }));
  const [port] = await stablePorts(1);
  prometheus = await startPrometheus(program, port!, targets);
  await scrapedOnce();
  const client = createClient({ urls: network.urls, chainId });
  await runDemo({ client, epochs: EPOCHS, seed: '5', onEpoch: ({ nonce }) => nonces.push(nonce) });
  await fetch(`${network.urls.gateway}/v1/topics/1/inference`);
  await sleep(scrapesAndRulesMs);
  existing = new Set(Object.keys(await prometheus.ask<Record<string, unknown>>('/api/v1/metadata')));
}, 300_000);

afterAll(async () => {
  await prometheus?.stop();
  await network?.stop();
  await parts?.giveBack();
  await receiver?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

describe('seven processes under Prometheus', () => {
  it('have every metric that a dashboard or a rule names', () => {
    const missing = [
      ...allQueries().map(({ where, expr }) => ({ where, expr })),
      ...allRules().map(({ file, alert, record, expr }) => ({ where: `${file} ${alert ?? record}`, expr })),
    ].flatMap(({ where, expr }) => askedFor(expr, existing).missing.map((name) => `${where}: ${name}`));
    expect(missing).toEqual([]);
  });

  it('have no metric that no dashboard shows', () => {
    const shown = new Set(allQueries().flatMap(({ expr }) => askedFor(expr, existing).found));
    expect(existing.size).toBeGreaterThan(100);
    expect([...existing].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('are evaluated by every rule without an error', async () => {
    const { groups } = await prometheus.ask<{
      groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[];
    }>('/api/v1/rules');
    const rules = groups.flatMap(({ rules: ofGroup }) => ofGroup);
    expect(rules).toHaveLength(allRules().length);
    expect(rules.filter(({ health, lastError }) => health === 'err' || lastError)).toEqual([]);
  });

  it('are told by every panel without an error, most of them with figures', async () => {
    const silent: string[] = [];
    const queries = allQueries();
    for (const { where, expr } of queries) {
      const query = expr.replaceAll('$__rate_interval', '30s');
      const { result } = await prometheus.ask<{ result: readonly unknown[] }>(
        `/api/v1/query?query=${encodeURIComponent(query)}`,
      );
      if (result.length === 0) silent.push(where);
    }
    // Errors, refusals, streams and purchases: this network has had none.
    expect(silent.length, silent.join('\n')).toBeLessThan(queries.length / 2);
  });

  it('meet their service levels', async () => {
    const { result } = await prometheus.ask<{
      result: readonly { metric: { slo: string }; value: readonly [number, string] }[];
    }>(`/api/v1/query?query=${encodeURIComponent('allora_slo:error_ratio:rate5m')}`);
    const ratios = Object.fromEntries(result.map(({ metric, value }) => [metric.slo, Number(value[1])]));
    expect(ratios).toEqual({ window_punctuality: 0, inference_freshness: 0, availability: 0 });
  });

  it('keep ids out of labels', async () => {
    for (const label of ['route', 'method', 'topic', 'code', 'status', 'service', 'phase', 'state']) {
      const values = await prometheus.ask<readonly string[]>(`/api/v1/label/${label}/values`);
      expect(values.length, label).toBeGreaterThan(0);
      expect(values.length, label).toBeLessThan(80);
      expect(
        values.filter((value) => /allo1|\/\d+(\/|$)/.test(value)),
        label,
      ).toEqual([]);
    }
  });

  it('leave one trace of an epoch, across all of them', () => {
    const { traceId } = epochTrace(chainId, { topicId: 1, nonce: nonces[0]! });
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(serviceNames));
    const steps = spans.map(({ service, name }) => `${service}: ${name}`);
    for (const step of [
      'topic-coordinator: epoch',
      'inference-ingest: POST /v1/topics/:id/inferences',
      'inference-ingest: publish allora.inference-submissions.v1',
      'inference-ingest: publish allora.inference-sets.v1',
      'synthesis: process allora.inference-sets.v1',
      'synthesis: publish allora.network-inferences.v1',
      'reputation: POST /v1/topics/:id/losses',
      'reputation: publish allora.network-losses.v1',
      'reputation: publish allora.epoch-scores.v1',
      'rewards: process allora.epoch-scores.v1',
      'rewards: publish allora.epoch-rewards.v1',
      'gateway: process allora.epoch-rewards.v1',
    ])
      expect(steps).toContain(step);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId))).toEqual([]);
  });
});
