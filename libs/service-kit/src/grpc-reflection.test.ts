import {
  create,
  createFileRegistry,
  type DescMethod,
  fromBinary,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { afterEach, expect, test } from 'vitest';
import { GrpcHost, type GrpcImplementation } from './grpc-host';
import { HealthProbes } from './health';
import { addHealthService } from './health.grpc';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const notAsked = async (): Promise<never> => {
  throw new Error('not asked in this test');
};
const handlers: GrpcImplementation<typeof TopicCoordinatorService> = {
  getTopic: async ({ topicId }) => ({
    topic: {
      id: topicId,
      creator: 'allo1x',
      metadata: '',
      lossMethod: 'mse',
      params: undefined,
      active: true,
      createdHeight: 7,
      creationFeeUallo: undefined,
    },
  }),
  streamWindows: async function* () {
    yield await notAsked();
  },
  getRegistration: notAsked,
  getWindow: notAsked,
  advanceClock: notAsked,
};

async function serve() {
  const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
  const host = new GrpcHost({ log, durations: requestMetrics('test', new MetricsRegistry()).grpc });
  const probes = new HealthProbes();
  probes.enter('running');
  host.add(TopicCoordinatorService, handlers);
  addHealthService(host, probes);
  host.reflect();
  const client = new Client(await host.listen('127.0.0.1', 0), credentials.createInsecure());
  undo.push(
    () => host.close(1_000),
    () => client.close(),
  );
  return { host, client };
}

/** Fields of the protocol's request: file_by_filename = 3, file_containing_symbol = 4, list_services = 7. */
type Question = readonly [field: 3 | 4 | 7, text: string];
type Version = 'v1' | 'v1alpha';

const questionBytes = ([field, text]: Question): Buffer =>
  Buffer.from(new BinaryWriter().tag(field, WireType.LengthDelimited).string(text).finish());

/** The bytes of every field of that number. */
function fieldsOf(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wire);
  }
  return found;
}

function ask(client: Client, question: Question, version: Version = 'v1'): Promise<Uint8Array> {
  const call = client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    questionBytes,
    (bytes) => new Uint8Array(bytes),
  );
  return new Promise((resolve, reject) => {
    call.on('error', reject);
    call.on('data', resolve);
    call.write(question);
    call.end();
  });
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function serviceNames(client: Client, version: Version): Promise<string[]> {
  const [list] = fieldsOf(await ask(client, [7, '*'], version), 6);
  return fieldsOf(list!, 1).map((service) => textOf(fieldsOf(service, 1)[0]!));
}

/** Everything that a client knows of the service it asks for comes from the host. */
async function serviceOf(client: Client, name: string) {
  const [answer] = fieldsOf(await ask(client, [4, name]), 4);
  const files = fieldsOf(answer!, 1).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const byName = new Map<string, FileDescriptorProto>(files.map((file) => [file.name, file]));
  const service = createFileRegistry(files[0]!, (file) => byName.get(file)).getService(name);
  if (!service) throw new Error(`${name} was not described`);
  return service;
}

function call(
  client: Client,
  { parent, name, input, output }: DescMethod,
  fields: Record<string, unknown>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/${parent.typeName}/${name}`,
      (message: Record<string, unknown>) => Buffer.from(toBinary(input, create(input, message))),
      (bytes) => toJson(output, fromBinary(output, bytes)),
      fields,
      (error, answer) => (error ? reject(error) : resolve(answer)),
    );
  });
}

test('a client that knows nothing but reflection finds services and calls them', async () => {
  const { client } = await serve();
  const names = ['allora.topics.v1.TopicCoordinator', 'grpc.health.v1.Health'];
  for (const version of ['v1', 'v1alpha'] as const)
    expect((await serviceNames(client, version)).sort()).toEqual(names);
  const coordinator = await serviceOf(client, names[0]!);
  const topic = await call(client, coordinator.method.getTopic!, { topicId: 9n });
  expect(topic).toEqual({
    topic: { id: '9', creator: 'allo1x', lossMethod: 'mse', active: true, createdHeight: '7' },
  });
  const health = await serviceOf(client, names[1]!);
  expect(await call(client, health.method.check!, { service: names[0] })).toEqual({
    status: 'SERVING_STATUS_SERVING',
  });
});

test('what is not served is not described as a service, and an open question does not hold up a stop', async () => {
  const { host, client } = await serve();
  const [refusal] = fieldsOf(await ask(client, [4, 'allora.gateway.v1.Nothing']), 7);
  expect(textOf(fieldsOf(refusal!, 2)[0]!)).toContain('allora.gateway.v1.Nothing');
  const open = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    questionBytes,
    (bytes) => bytes,
  );
  const ended = new Promise((resolve) => open.on('end', resolve).on('error', resolve).resume());
  await new Promise((resolve) => {
    open.once('data', resolve);
    open.write([7, '*']);
  });
  const startedMs = performance.now();
  await host.close(30_000);
  await ended;
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});
