import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Histogram } from 'prom-client';
import {
  maxMessageBytes,
  requestIdMetadata,
  shortMethod,
  type GrpcDefinition,
  type RequestOf,
  type ResponseOf,
  type UnaryMethod,
} from './grpc-definition';
import { toServiceError } from './grpc-refusal';
import type { Log } from './log';
import { refusalOf } from './refusal';
import { acceptRequestId } from './request-id';

export interface GrpcCall {
  readonly requestId: string;
  /** Aborts when the caller gives up or its deadline passes. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
}

export type GrpcImplementation<D extends GrpcDefinition> = {
  readonly [M in keyof D]: (request: RequestOf<D[M]>, call: GrpcCall) => Promise<ResponseOf<D[M]>>;
};

interface GrpcHostOptions {
  readonly log: Log;
  readonly durations: Histogram<'method' | 'code'>;
}

type RawCall = ServerUnaryCall<unknown, unknown>;
type RawHandler = (request: unknown, call: GrpcCall) => Promise<unknown>;

/** The one gRPC server of a process. Services add themselves while Nest initialises; then it listens. */
export class GrpcHost {
  private readonly server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  private boundAddress: string | undefined;

  constructor(private readonly options: GrpcHostOptions) {}

  add<D extends GrpcDefinition>(definition: D, implementation: GrpcImplementation<D>): void {
    const handlers = Object.entries(definition).map(([name, method]) => {
      const handler = implementation[name];
      if (!handler) throw new Error(`${method.path} has no handler`);
      return [name, this.unary(method, handler as RawHandler)] as const;
    });
    this.server.addService(
      definition as unknown as ServiceDefinition,
      Object.fromEntries(handlers) as UntypedServiceImplementation,
    );
  }

  /** Address for callers in this process; known once listening. */
  get address(): string {
    if (this.boundAddress === undefined) throw new Error('the gRPC host does not listen yet');
    return this.boundAddress;
  }

  async listen(host: string, port: number): Promise<string> {
    const bracketed = host.includes(':') ? `[${host}]` : host;
    const bound = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(`${bracketed}:${port}`, ServerCredentials.createInsecure(), (error, boundPort) =>
        error ? reject(error) : resolve(boundPort),
      );
    });
    const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : bracketed;
    return (this.boundAddress = `${reachable}:${bound}`);
  }

  /** Takes no new calls, lets running ones finish within the time, then cuts them off. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.server.forceShutdown(), graceMs);
    await new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  private unary(method: UnaryMethod, handler: RawHandler) {
    const name = shortMethod(method.path);
    return (call: RawCall, reply: sendUnaryData<unknown>): void => {
      const startedMs = performance.now();
      const context = callContext(call);
      const finish = (code: status) =>
        this.options.durations.observe(
          { method: name, code: status[code] },
          (performance.now() - startedMs) / 1000,
        );
      Promise.resolve()
        .then(() => handler(call.request, context))
        .then(
          (response) => {
            finish(call.cancelled ? status.CANCELLED : status.OK);
            reply(null, response);
          },
          (error: unknown) => {
            const refusal = refusalOf(error);
            if (refusal !== error) {
              this.options.log.error(
                { error, method: name, requestId: context.requestId },
                'gRPC call failed',
              );
            }
            const answer = toServiceError(refusal);
            finish(answer.code);
            reply(answer);
          },
        );
    };
  }
}

function callContext(call: RawCall): GrpcCall {
  const header = (name: string) => call.metadata.get(name)[0]?.toString();
  const aborter = new AbortController();
  call.on('cancelled', () => aborter.abort());
  return { requestId: acceptRequestId(header(requestIdMetadata)), signal: aborter.signal, header };
}
