import {
  HealthCheckResponse_ServingStatus as Serving,
  HealthService,
} from '@allora/contracts/gen/grpc/health/v1/health';
import { afterEach, expect, test } from 'vitest';
import { openGrpcChannel } from './grpc-client';
import { GrpcHost } from './grpc-host';
import { HealthProbes } from './health';
import { addHealthService } from './health.grpc';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const name = 'grpc.health.v1.Health';

async function serve() {
  const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
  const host = new GrpcHost({ log, durations: requestMetrics('test', new MetricsRegistry()).grpc });
  const probes = new HealthProbes(100);
  let broken = false;
  probes.add('database', async () => {
    if (broken) throw new Error('away');
  });
  addHealthService(host, probes, { lookMs: 10 });
  const address = await host.listen('127.0.0.1', 0);
  const { client, close } = openGrpcChannel(HealthService, () => address);
  undo.push(() => host.close(1_000), close);
  return { host, probes, client, break: (now: boolean) => void (broken = now) };
}

test('a service by its name, the process by none, and what is not served by NOT_FOUND', async () => {
  const { client, probes } = await serve();
  expect(await client.check({ service: '' })).toEqual({ status: Serving.NOT_SERVING });
  probes.enter('running');
  for (const service of ['', name])
    expect(await client.check({ service })).toEqual({ status: Serving.SERVING });
  await expect(client.check({ service: 'allora.nothing.v1.Nothing' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('who watches is told each change, once, until the stop', async () => {
  const { host, client, probes, break: set } = await serve();
  const seen: Serving[] = [];
  const watching = (async () => {
    for await (const { status } of client.watch({ service: name })) {
      seen.push(status);
      if (seen.length === 1) probes.enter('running');
      if (seen.length === 2) set(true);
      if (seen.length === 3) set(false);
      if (seen.length === 4) probes.enter('stopping');
    }
  })();
  await watching;
  expect(seen).toEqual([
    Serving.NOT_SERVING,
    Serving.SERVING,
    Serving.NOT_SERVING,
    Serving.SERVING,
    Serving.NOT_SERVING,
  ]);
  await host.close(1_000);
});

test('a watched name that is not served is told as unknown', async () => {
  const { client } = await serve();
  for await (const { status } of client.watch({ service: 'allora.nothing.v1.Nothing' })) {
    expect(status).toBe(Serving.SERVICE_UNKNOWN);
    break;
  }
});
