import { Client, credentials, status } from '@grpc/grpc-js';
import { RefusalError } from '@allora/contracts/errors';
import { InferenceIngestService, SubmitOutcome } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { afterEach, expect, test } from 'vitest';
import { GrpcClients } from './grpc-client';
import { GrpcHost, type GrpcHostOptions, type GrpcImplementation } from './grpc-host';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';

type Ingest = GrpcImplementation<typeof InferenceIngestService>;
type Coordinator = GrpcImplementation<typeof TopicCoordinatorService>;

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

interface Handlers {
  readonly submitStream?: Ingest['submitStream'];
  readonly streamWindows?: Coordinator['streamWindows'];
  readonly options?: Partial<GrpcHostOptions>;
}

async function serve({ submitStream = refuse, streamWindows, options }: Handlers) {
  const registry = new MetricsRegistry();
  const metrics = requestMetrics('test', registry);
  const { grpc: durations, grpcOpenStreams: openStreams, slowReaders } = metrics;
  const host = new GrpcHost({ log, durations, openStreams, slowReaders, ...options });
  host.add(InferenceIngestService, { submit: refuse, getSubmission: refuse, submitStream });
  host.add(TopicCoordinatorService, {
    getTopic: refuse,
    getRegistration: refuse,
    getWindow: refuse,
    advanceClock: refuse,
    streamWindows:
      streamWindows ??
      async function* () {
        yield await refuse();
      },
  });
  const address = await host.listen('127.0.0.1', 0);
  const clients = new GrpcClients(host);
  undo.push(
    () => host.close(1_000),
    () => clients.close(),
  );
  const sample = async (text: string) =>
    (await registry.metrics()).split('\n').find((line) => line.startsWith(`allora_test_${text} `));
  return {
    host,
    address,
    sample,
    ingest: clients.connect(InferenceIngestService, 'self'),
    coordinator: clients.connect(TopicCoordinatorService, 'self'),
  };
}

const outcome = (sequence: number, detail = ''): SubmitOutcome =>
  SubmitOutcome.fromPartial({ sequence, result: { $case: 'refusal', value: { detail } } });
const request = (sequence: number) => ({ sequence, signed: undefined });

const echo: Ingest['submitStream'] = async (requests, _call, answers) => {
  for await (const batch of requests)
    answers.write({ outcomes: batch.map(({ sequence }) => outcome(sequence)) });
};

async function gather<T>(answers: AsyncIterable<T>): Promise<{ taken: T[]; error: unknown }> {
  const taken: T[] = [];
  try {
    for await (const answer of answers) taken.push(answer);
  } catch (error) {
    return { taken, error };
  }
  return { taken, error: undefined };
}

const sequences = (answers: readonly { outcomes: readonly SubmitOutcome[] }[]): number[] =>
  answers.flatMap(({ outcomes }) => outcomes.map(({ sequence }) => sequence));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('both ways: everything in order, many at a time, until the half-close', async () => {
  const { ingest, sample } = await serve({ submitStream: echo });
  const call = ingest.submitStream();
  const answered = gather(call);
  for (const sequence of upTo(20_000)) if (!call.write(request(sequence))) await call.drained();
  call.end();
  const { taken, error } = await answered;
  expect(error).toBeUndefined();
  expect(sequences(taken)).toEqual(upTo(20_000));
  expect(
    await sample('grpc_request_duration_seconds_count{method="InferenceIngest.SubmitStream",code="OK"}'),
  ).toMatch(/ 1$/);
});

test('open streams are gauged', async () => {
  const { ingest, sample } = await serve({ submitStream: echo });
  const gauge = () => sample('grpc_open_streams{method="InferenceIngest.SubmitStream"}');
  const call = ingest.submitStream();
  call.write(request(1));
  await expect.poll(gauge).toMatch(/ 1$/);
  call.end();
  await gather(call);
  await expect.poll(gauge).toMatch(/ 0$/);
});

test('a refusal comes behind the answers, with code and facts', async () => {
  const { ingest } = await serve({
    submitStream: async (requests, _call, answers) => {
      for await (const [first] of requests) {
        answers.write({ outcomes: [outcome(first!.sequence)] });
        throw new RefusalError('NO_COMMITMENT', 'none stands', { topicId: 7 });
      }
    },
  });
  const call = ingest.submitStream();
  call.write(request(5));
  const { error } = await gather(call);
  expect(error).toBeInstanceOf(RefusalError);
  expect(error).toMatchObject({ code: 'NO_COMMITMENT', message: 'none stands', facts: { topicId: 7 } });
  expect(lines).toEqual([]);
});

test('an unexpected error leaks nothing and is logged', async () => {
  const { coordinator } = await serve({
    streamWindows: async function* ({ topicId }) {
      yield { topicId, height: 1, windows: [] };
      throw new Error('password is hunter2');
    },
  });
  const { error } = await gather(coordinator.streamWindows({ topicId: 3 }));
  expect(error).toMatchObject({
    message: 'TopicCoordinator.StreamWindows: INTERNAL: The service failed',
  });
  expect(lines.join('')).toContain('hunter2');
});

test('what cannot be decoded is refused as malformed', async () => {
  const { address } = await serve({ submitStream: echo });
  const raw = new Client(address, credentials.createInsecure());
  undo.push(() => raw.close());
  const { path } = InferenceIngestService.submitStream;
  const call = raw.makeBidiStreamRequest<Buffer, Buffer>(
    path,
    (bytes) => bytes,
    (bytes) => bytes,
  );
  call.resume();
  call.write(Buffer.from([0xff, 0xff, 0xff]));
  const error = await new Promise((resolve) => call.on('error', resolve));
  expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('one request, many answers, and the loop left cancels the call', async () => {
  let ended = false;
  const { coordinator } = await serve({
    streamWindows: async function* ({ topicId }, { signal }) {
      try {
        for (let height = 1; !signal.aborted; height++) {
          yield { topicId, height, windows: [] };
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        ended = true;
      }
    },
  });
  const heights: number[] = [];
  for await (const { topicId, height } of coordinator.streamWindows({ topicId: 7 })) {
    expect(topicId).toBe(7);
    heights.push(height);
    if (height === 3) break;
  }
  expect(heights).toEqual([1, 2, 3]);
  await expect.poll(() => ended).toBe(true);
});

test('a cancel ends the requests and aborts the handler’s signal', async () => {
  let given: AbortSignal | undefined;
  const { ingest, sample } = await serve({
    submitStream: async (requests, { signal }) => {
      for await (const batch of requests) expect(batch).toEqual([request(1)]);
      given = signal;
    },
  });
  const stream = ingest.submitStream();
  stream.write(request(1));
  await expect.poll(() => sample('grpc_open_streams{method="InferenceIngest.SubmitStream"}')).toMatch(/ 1$/);
  stream.cancel();
  expect(await gather(stream)).toEqual({ taken: [], error: undefined });
  await expect.poll(() => given?.aborted).toBe(true);
});

test('a deadline ends a stream on both sides', async () => {
  let aborted = false;
  const { coordinator } = await serve({
    streamWindows: async function* ({ topicId }, { signal }) {
      yield { topicId, height: 1, windows: [] };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted = true;
    },
  });
  const { taken, error } = await gather(coordinator.streamWindows({ topicId: 1 }, { deadlineMs: 150 }));
  expect(taken).toHaveLength(1);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', facts: { grpcStatus: 'DEADLINE_EXCEEDED' } });
  await expect.poll(() => aborted).toBe(true);
});

test('a handler that takes nothing is not sent more than is held for it', async () => {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const batches: number[] = [];
  const { ingest } = await serve({
    submitStream: async (requests) => {
      for await (const batch of requests) {
        batches.push(batch.length);
        await released;
      }
    },
  });
  const call = ingest.submitStream();
  let written = 0;
  const signed = { payload: Buffer.alloc(1_000), publicKey: Buffer.alloc(0), signature: Buffer.alloc(0) };
  for (; written < 50_000; written++) {
    if (call.write({ sequence: written, signed })) continue;
    const stuck = await Promise.race([
      call.drained().then(() => false),
      new Promise((resolve) => setTimeout(() => resolve(true), 300)),
    ]);
    if (stuck) break;
  }
  expect(written).toBeLessThan(5_000);
  release();
  call.end();
  await gather(call);
  expect(Math.max(...batches)).toBeLessThanOrEqual(2_048);
  expect(batches.reduce((sum, length) => sum + length, 0)).toBe(written + 1);
});

const limitBytes = 256 * 1_024;
const answerBytes = 1_000;

test('a slow reader is cut off: no more than the limit is held, and it learns why when it reads on', async () => {
  let madeBytes = 0;
  const { ingest, sample } = await serve({
    options: { slowReaderBytes: limitBytes },
    submitStream: async (_requests, { signal }, answers) => {
      while (!signal.aborted && madeBytes < 100 * 1_048_576) {
        for (let count = 0; count < 100; count++, madeBytes += answerBytes)
          answers.write({ outcomes: [outcome(1, 'x'.repeat(answerBytes))] });
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  const call = ingest.submitStream();
  await expect.poll(() => sample('slow_readers_total{route="InferenceIngest.SubmitStream"}')).toMatch(/ 1$/);
  // The limit, what both ends' flow control windows take, and a batch.
  expect(madeBytes).toBeLessThan(limitBytes + 1_048_576);
  const { error } = await gather(call);
  expect(error).toMatchObject({ code: 'SLOW_READER' });
});

test('a slow reader that reads on late still learns why', async () => {
  const lingerMs = 300;
  const { ingest, sample } = await serve({
    options: { slowReaderBytes: limitBytes, lingerMs },
    submitStream: async (_requests, { signal }, answers) => {
      while (!signal.aborted) {
        answers.write({ outcomes: [outcome(1, 'x'.repeat(answerBytes))] });
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  const call = ingest.submitStream();
  await expect.poll(() => sample('slow_readers_total{route="InferenceIngest.SubmitStream"}')).toMatch(/ 1$/);
  await new Promise((resolve) => setTimeout(resolve, 3 * lingerMs));
  const { error } = await gather(call);
  expect(error).toMatchObject({ code: 'SLOW_READER' });
});

test('who reads nothing at all is reset, and the stream is gone', async () => {
  const { ingest, sample } = await serve({
    options: { slowReaderBytes: limitBytes, lingerMs: 100 },
    submitStream: async (_requests, { signal }, answers) => {
      while (!signal.aborted) {
        answers.write({ outcomes: [outcome(1, 'x'.repeat(answerBytes))] });
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  const call = ingest.submitStream();
  const gauge = () => sample('grpc_open_streams{method="InferenceIngest.SubmitStream"}');
  await expect.poll(gauge).toMatch(/ 1$/);
  await expect.poll(gauge, { timeout: 5_000 }).toMatch(/ 0$/);
  const { error } = await gather(call);
  expect(error).toBeInstanceOf(Error);
});

test('who makes answers faster than they are read waits for the reader instead', async () => {
  const total = 4_000;
  const { coordinator } = await serve({
    options: { slowReaderBytes: limitBytes },
    streamWindows: async function* ({ topicId }, _call, answers) {
      const window = { topicId, nonce: 1, role: 1, openedHeight: 1, closesHeight: 2, stage: 1 };
      for (let height = 0; height < total; height++) {
        yield { topicId, height, windows: Array.from({ length: 40 }, () => window) };
        await answers.drained();
      }
    },
  });
  let next = 0;
  for await (const { height } of coordinator.streamWindows({ topicId: 1 })) {
    expect(height).toBe(next++);
    if (height % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(next).toBe(total);
});

test('a stop answers what is in flight, then ends every stream as UNAVAILABLE, at once', async () => {
  let begun = false;
  const { ingest, coordinator, host } = await serve({
    submitStream: async (requests, _call, answers) => {
      for await (const batch of requests) {
        begun = true;
        await new Promise((resolve) => setTimeout(resolve, 200));
        answers.write({ outcomes: batch.map(({ sequence }) => outcome(sequence)) });
      }
    },
    streamWindows: async function* ({ topicId }, { signal }) {
      yield { topicId, height: 1, windows: [] };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  const call = ingest.submitStream();
  call.write(request(1));
  const both = gather(call);
  const windows = gather(coordinator.streamWindows({ topicId: 1 }));
  await expect.poll(() => begun).toBe(true);
  const startedMs = performance.now();
  await host.close(10_000);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  const { taken, error } = await both;
  expect(sequences(taken)).toEqual([1]);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'the service is stopping' });
  expect(await windows).toMatchObject({ taken: [{ height: 1 }], error: { code: 'UNAVAILABLE' } });
});
