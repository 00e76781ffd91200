import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { SELF } from './addresses';
import { GrpcDuplex, GrpcStream } from './grpc-client-stream';
import {
  maxMessageBytes,
  shortMethod,
  type GrpcDefinition,
  type GrpcMethod,
  type RequestOf,
  type ResponseOf,
  type UnaryMethod,
} from './grpc-definition';
import { requestIdMetadata } from './grpc-definition';
import { fromServiceError } from './grpc-refusal';
import type { GrpcHost } from './grpc-host';
import { traceParentHeader, traceParentOf } from './tracing/trace-parent';
import { currentWork } from './work';

export interface StreamOptions {
  /** For the whole call; a stream has none unless told. */
  readonly deadlineMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallOptions extends StreamOptions {
  /** For the whole call, retries included. */
  readonly deadlineMs?: number;
  /** Off for commands that must not reach the owner twice. */
  readonly retry?: boolean;
}

type CallOf<M extends GrpcMethod> = M['responseStream'] extends false
  ? (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>
  : M['requestStream'] extends false
    ? (request: RequestOf<M>, options?: StreamOptions) => GrpcStream<ResponseOf<M>>
    : (options?: StreamOptions) => GrpcDuplex<RequestOf<M>, ResponseOf<M>>;

export type GrpcClient<D extends GrpcDefinition> = { readonly [M in keyof D]: CallOf<D[M]> };

export interface GrpcChannel<D extends GrpcDefinition> {
  readonly client: GrpcClient<D>;
  close(): void;
}

const defaultDeadlineMs = 5_000;
const maxAttempts = 5;
const firstBackoffMs = 50;
const maxBackoffMs = 1_000;

const channelOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  // Finds a peer that vanished without a word (a node gone, a NAT entry dropped) before a caller does.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  // Our own retry below is the only one: two of them would multiply.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** A promise-style client of a generated service. The connection opens with the first call. */
export function openGrpcChannel<D extends GrpcDefinition>(
  definition: D,
  address: () => string,
): GrpcChannel<D> {
  let connection: Client | undefined;
  const connect = () => (connection ??= new Client(address(), credentials.createInsecure(), channelOptions));
  const methods = Object.entries<GrpcMethod>(definition).map(([name, method]) => [
    name,
    callOf(connect, method),
  ]);
  return { client: Object.fromEntries(methods) as GrpcClient<D>, close: () => connection?.close() };
}

function callOf(connect: () => Client, method: GrpcMethod) {
  const { path, responseDeserialize } = method;
  const name = shortMethod(path);
  const serialize = method.requestSerialize as Serialize;
  if (!method.responseStream) {
    return (request: unknown, options: CallOptions = {}) =>
      callWithRetry(connect(), method, request, options);
  }
  if (method.requestStream) {
    return (options: StreamOptions = {}) => {
      const { metadata, deadline } = sent(options);
      const call = connect().makeBidiStreamRequest(path, serialize, responseDeserialize, metadata, deadline);
      return new GrpcDuplex(call, name);
    };
  }
  return (request: unknown, options: StreamOptions = {}) => {
    const { metadata, deadline } = sent(options);
    return new GrpcStream(
      connect().makeServerStreamRequest(path, serialize, responseDeserialize, request, metadata, deadline),
      name,
    );
  };
}

type Serialize = (value: unknown) => Buffer;

function sent({ deadlineMs, headers = {} }: StreamOptions) {
  const metadata = new Metadata();
  const { requestId, span } = currentWork() ?? {};
  if (requestId !== undefined) metadata.set(requestIdMetadata, requestId);
  if (span) metadata.set(traceParentHeader, traceParentOf(span.context));
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return { metadata, deadline: deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs } };
}

async function callWithRetry(
  client: Client,
  method: UnaryMethod,
  request: unknown,
  options: CallOptions,
): Promise<unknown> {
  const endMs = Date.now() + (options.deadlineMs ?? defaultDeadlineMs);
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce(client, method, request, { ...options, endMs });
    } catch (error) {
      const waitMs = backoffMs(attempt);
      const again = options.retry !== false && attempt < maxAttempts && Date.now() + waitMs < endMs;
      if (!again || (error as ServiceError).code !== status.UNAVAILABLE) {
        throw fromServiceError(error as ServiceError, shortMethod(method.path));
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** Full jitter: callers that failed together do not come back together. */
const backoffMs = (attempt: number): number =>
  Math.ceil(Math.random() * Math.min(maxBackoffMs, firstBackoffMs * 2 ** (attempt - 1)));

function callOnce(
  client: Client,
  method: UnaryMethod,
  request: unknown,
  { endMs, headers }: CallOptions & { endMs: number },
): Promise<unknown> {
  const { metadata } = sent({ headers });
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize as Serialize,
      method.responseDeserialize,
      request,
      metadata,
      { deadline: endMs },
      (error, response) => (error ? reject(error) : resolve(response)),
    );
  });
}

/** Clients of other services, opened once each and closed with the process. */
export class GrpcClients {
  private readonly channels: GrpcChannel<GrpcDefinition>[] = [];

  constructor(private readonly host: GrpcHost) {}

  /** `self` as address means this process's own host. */
  connect<D extends GrpcDefinition>(definition: D, address: string): GrpcClient<D> {
    const channel = openGrpcChannel(definition, () => (address === SELF ? this.host.address : address));
    this.channels.push(channel);
    return channel.client;
  }

  close(): void {
    for (const channel of this.channels.splice(0)) channel.close();
  }
}
