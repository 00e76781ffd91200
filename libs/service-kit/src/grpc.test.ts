import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { RefusalError } from '@allora/contracts/errors';
import { Role, Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { HealthService } from '@allora/contracts/gen/grpc/health/v1/health';
import { afterEach, expect, test } from 'vitest';
import { GrpcClients, openGrpcChannel, type GrpcClient } from './grpc-client';
import { GrpcHost, type GrpcImplementation } from './grpc-host';
import { HealthProbes } from './health';
import { addHealthService } from './health.grpc';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { currentWork, within } from './work';

type Coordinator = typeof TopicCoordinatorService;

const lines: string[] = [];
const log = Log.create({
  name: 'test',
  level: 'warn',
  format: 'json',
  destination: { write: (line) => void lines.push(line) },
});
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  lines.splice(0);
});

const refuse = async (): Promise<never> => {
  throw new RefusalError('UNKNOWN_TOPIC', 'not in this test');
};
const nothing: GrpcImplementation<Coordinator> = {
  streamWindows: async function* () {
    yield await refuse();
  },
  getTopic: refuse,
  getRegistration: refuse,
  getWindow: refuse,
  advanceClock: refuse,
};

async function serve(handlers: Partial<GrpcImplementation<Coordinator>>) {
  const registry = new MetricsRegistry();
  const { grpc: durations, refused } = requestMetrics('test', registry);
  const host = new GrpcHost({ log, durations, refused });
  host.add(TopicCoordinatorService, { ...nothing, ...handlers });
  const address = await host.listen('127.0.0.1', 0);
  const clients = new GrpcClients(host);
  undo.push(
    () => host.close(1_000),
    () => clients.close(),
  );
  return { host, address, registry, client: clients.connect(TopicCoordinatorService, 'self') };
}

async function failure(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => expect.unreachable('the call succeeded'),
    (error: Error) => error,
  );
}

test('a call and its answer, with the caller’s headers', async () => {
  const { client, registry } = await serve({
    getRegistration: async ({ topicId, address, role }, call) => ({
      registration: { topicId, address, role, height: Number(call.header('x-height')), shadow: false },
    }),
  });
  const request = { topicId: 7, address: 'allo1x', role: Role.WORKER };
  const answer = await client.getRegistration(request, { headers: { 'x-height': '42' } });
  expect(answer).toEqual({ registration: { ...request, height: 42, shadow: false } });
  expect(await registry.metrics()).toContain('{method="TopicCoordinator.GetRegistration",code="OK"} 1');
});

test('a call for a request has its id, and is in its trace', async () => {
  const seen: unknown[] = [];
  const { client } = await serve({
    getTopic: async ({ topicId }, call) => {
      seen.push(
        { requestId: call.requestId, traceParent: call.header('traceparent') },
        currentWork()?.requestId,
      );
      return { topic: Topic.fromPartial({ id: topicId }) };
    },
  });
  const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  await within({ requestId: 'r-9', span: { isBegun: true, context } }, () => client.getTopic({ topicId: 9 }));
  const traceParent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  expect(seen).toEqual([{ requestId: 'r-9', traceParent }, 'r-9']);
});

test('a refusal arrives as it was thrown, with code, text and facts', async () => {
  const { client, registry } = await serve({
    getTopic: async ({ topicId }) => {
      throw new RefusalError('INSUFFICIENT_BALANCE', 'holds 5 of 7 µallo', {
        topicId,
        heldUallo: 5n,
        note: 'ümlaut',
      });
    },
  });
  const error = await failure(client.getTopic({ topicId: 9 }));
  expect(error).toBeInstanceOf(RefusalError);
  expect(error).toMatchObject({
    code: 'INSUFFICIENT_BALANCE',
    message: 'holds 5 of 7 µallo',
    facts: { topicId: 9, heldUallo: '5', note: 'ümlaut' },
  });
  expect(await registry.metrics()).toContain('code="FAILED_PRECONDITION"} 1');
  expect(await registry.metrics()).toContain(
    'allora_test_requests_refused_total{code="INSUFFICIENT_BALANCE"} 1',
  );
  expect(lines).toEqual([]);
});

test('on the wire a refusal is a gRPC status with its code in the metadata', async () => {
  const { address } = await serve({});
  const raw = new Client(address, credentials.createInsecure());
  undo.push(() => raw.close());
  const { getTopic } = TopicCoordinatorService;
  const error = await new Promise((resolve) =>
    raw.makeUnaryRequest(
      getTopic.path,
      getTopic.requestSerialize,
      getTopic.responseDeserialize,
      { topicId: 1 },
      resolve,
    ),
  );
  expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'not in this test' });
  expect((error as { metadata: { get(name: string): unknown[] } }).metadata.get('code')).toEqual([
    'UNKNOWN_TOPIC',
  ]);
});

test('an unexpected error leaks nothing and is logged', async () => {
  const { client } = await serve({
    getTopic: async () => {
      throw new Error('password is hunter2');
    },
  });
  const error = await failure(client.getTopic({ topicId: 9 }));
  expect(error).not.toBeInstanceOf(RefusalError);
  expect(error.message).toBe('TopicCoordinator.GetTopic: INTERNAL: The service failed');
  expect(lines.join('')).toContain('hunter2');
});

test('a deadline ends the wait on both sides', async () => {
  let aborted = false;
  const { client } = await serve({
    getTopic: (_request, call) =>
      new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => {
          aborted = true;
          reject(new RefusalError('UNAVAILABLE', 'the caller has left'));
        });
      }),
  });
  const error = await failure(client.getTopic({ topicId: 9 }, { deadlineMs: 100 }));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', facts: { grpcStatus: 'DEADLINE_EXCEEDED' } });
  await expect.poll(() => aborted).toBe(true);
});

async function unavailableFirst(failures: number) {
  let calls = 0;
  const server = new Server();
  const implementation = {
    getTopic: (_call: unknown, reply: (error: object | null, response?: object) => void) =>
      ++calls <= failures
        ? reply({ code: status.UNAVAILABLE, details: 'starting' })
        : reply(null, { topic: undefined }),
  };
  server.addService(TopicCoordinatorService, implementation as unknown as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const channel = openGrpcChannel(TopicCoordinatorService, () => `127.0.0.1:${port}`);
  undo.push(
    () => server.forceShutdown(),
    () => channel.close(),
  );
  return { client: channel.client as GrpcClient<Coordinator>, calls: () => calls };
}

test('UNAVAILABLE is tried again until it answers', async () => {
  const { client, calls } = await unavailableFirst(2);
  expect(await client.getTopic({ topicId: 1 })).toEqual({ topic: undefined });
  expect(calls()).toBe(3);
});

test('tries have an end, and a command can forbid them', async () => {
  const { client, calls } = await unavailableFirst(100);
  expect(await failure(client.getTopic({ topicId: 1 }))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(calls()).toBe(5);
  await failure(client.getTopic({ topicId: 1 }, { retry: false }));
  expect(calls()).toBe(6);
});

test('nobody listening is UNAVAILABLE within the deadline', async () => {
  const channel = openGrpcChannel(TopicCoordinatorService, () => '127.0.0.1:1');
  undo.push(() => channel.close());
  expect(await failure(channel.client.getTopic({ topicId: 1 }, { deadlineMs: 2_000 }))).toMatchObject({
    code: 'UNAVAILABLE',
  });
});

test('a message over 8 MiB is refused, one below goes through', async () => {
  const { client } = await serve({
    getRegistration: async ({ topicId, address, role }) => ({
      registration: { topicId, address, role, height: 0, shadow: false },
    }),
  });
  const ask = (bytes: number) =>
    client.getRegistration({ topicId: 1, address: 'x'.repeat(bytes), role: Role.WORKER });
  expect((await ask(8_000_000)).registration?.address).toHaveLength(8_000_000);
  expect((await failure(ask(8_400_000))).message).toContain('RESOURCE_EXHAUSTED');
});

test('a stop lets the running call finish and takes no new one', async () => {
  let release: (() => void) | undefined;
  const { client, host } = await serve({
    getTopic: () => new Promise((resolve) => (release = () => resolve({ topic: undefined }))),
  });
  const running = client.getTopic({ topicId: 1 });
  await expect.poll(() => release).toBeDefined();
  const closed = host.close(5_000);
  const late = failure(client.getTopic({ topicId: 2 }, { retry: false, deadlineMs: 500 }));
  release?.();
  expect(await running).toEqual({ topic: undefined });
  expect(await late).toMatchObject({ code: 'UNAVAILABLE' });
  await closed;
});

test('a call that never ends is cut off after the grace', async () => {
  let begun = false;
  const { client, host } = await serve({
    getTopic: () => {
      begun = true;
      return new Promise(() => undefined);
    },
  });
  const running = failure(client.getTopic({ topicId: 1 }, { retry: false }));
  await expect.poll(() => begun).toBe(true);
  await host.close(50);
  expect(await running).toBeInstanceOf(Error);
});

test('the standard health service answers for the probes', async () => {
  const { host, address } = await serve({});
  const probes = new HealthProbes();
  addHealthService(host, probes);
  const channel = openGrpcChannel(HealthService, () => address);
  undo.push(() => channel.close());
  expect(await channel.client.check({ service: '' })).toEqual({ status: 2 });
  probes.enter('running');
  expect(await channel.client.check({ service: '' })).toEqual({ status: 1 });
});

test('a definition without a handler does not start', () => {
  const host = new GrpcHost({ log, durations: requestMetrics('test', new MetricsRegistry()).grpc });
  const { getTopic, ...rest } = nothing;
  expect(() => host.add(TopicCoordinatorService, rest as typeof nothing)).toThrow('GetTopic has no handler');
  expect(getTopic).toBeDefined();
});
