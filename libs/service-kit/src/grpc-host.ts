import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import {
  auditedCall,
  callContext,
  type BidiHandler,
  type HandlerOf,
  type ServerStreamHandler,
  type UnaryHandler,
} from './grpc-call';
import {
  maxMessageBytes,
  serviceName,
  shortMethod,
  type GrpcDefinition,
  type GrpcMethod,
  type UnaryMethod,
} from './grpc-definition';
import { GrpcReflection } from './grpc-reflection';
import { toServiceError } from './grpc-refusal';
import { endCall, type GrpcStreamOptions } from './grpc-open-stream';
import { admit, GrpcStreams } from './grpc-streams';
import { refusalOf } from './refusal';
import { traceParentHeader } from './tracing/trace-parent';
import { within } from './work';

export type { GrpcAnswers, GrpcCall, GrpcFrames } from './grpc-call';

export type GrpcImplementation<D extends GrpcDefinition> = { readonly [M in keyof D]: HandlerOf<D[M]> };

export type GrpcHostOptions = GrpcStreamOptions;

type RawCall = ServerUnaryCall<unknown, unknown>;

const bytesAsTheyAre = (bytes: Buffer): Buffer => bytes;

/** The one gRPC server of a process. Services add themselves while Nest initialises; then it listens. */
export class GrpcHost {
  private readonly server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Finds a peer that vanished without a word: a stream of it would stay open for ever.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  private readonly streams: GrpcStreams;
  private readonly names = new Set<string>();
  private reflection: GrpcReflection | undefined;
  private boundAddress: string | undefined;

  constructor(private readonly options: GrpcHostOptions) {
    this.streams = new GrpcStreams(options);
  }

  add<D extends GrpcDefinition>(definition: D, implementation: GrpcImplementation<D>): void {
    for (const [name, method] of Object.entries<GrpcMethod>(definition)) {
      const handler = implementation[name] as unknown;
      if (!handler) throw new Error(`${method.path} has no handler`);
      this.server.addService({ [name]: onTheWire(method) } as unknown as ServiceDefinition, {
        [name]: this.handlerOf(method, handler),
      });
      this.names.add(serviceName(method.path));
    }
  }

  /** Whether a service of this full name was added. */
  serves(name: string): boolean {
    return this.names.has(name);
  }

  /** Lets clients that know no .proto files ask what there is; after every service was added. */
  reflect(): void {
    this.reflection = new GrpcReflection([...this.names]);
    this.reflection.addTo(this.server);
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

  /** Takes no new calls, ends streams, lets running calls finish within the time, then cuts them off. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.server.forceShutdown(), graceMs);
    const closed = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    this.streams.stop();
    this.reflection?.stop();
    await closed;
    clearTimeout(timer);
  }

  private handlerOf(method: GrpcMethod, handler: unknown): UntypedHandleCall {
    if (!method.responseStream) return this.unary(method, handler as UnaryHandler<unknown, unknown>);
    return method.requestStream
      ? this.streams.bidi(method, handler as BidiHandler<unknown, unknown>)
      : this.streams.serverStream(method, handler as ServerStreamHandler<unknown, unknown>);
  }

  private unary(method: UnaryMethod, handler: UnaryHandler<unknown, unknown>) {
    const name = shortMethod(method.path);
    return (call: RawCall, reply: sendUnaryData<unknown>): void => {
      const startedMs = performance.now();
      const aborter = new AbortController();
      call.on('cancelled', () => aborter.abort());
      const context = callContext(call, aborter.signal);
      const span = this.options.tracing?.request(name, context.header(traceParentHeader));
      const finish = (code: status) => {
        const seconds = (performance.now() - startedMs) / 1000;
        this.options.durations.observe({ method: name, code: status[code] }, seconds);
        endCall(span, name, code);
        this.options.audit?.(auditedCall(name, status[code], context));
      };
      const answered = within({ requestId: context.requestId, span }, async () => {
        await admit(this.options, method, context);
        return handler(call.request, context);
      });
      answered.then(
        (response) => {
          finish(call.cancelled ? status.CANCELLED : status.OK);
          reply(null, response);
        },
        (error: unknown) => {
          const refusal = refusalOf(error);
          if (refusal !== error) {
            this.options.log.error({ error, method: name, requestId: context.requestId }, 'gRPC call failed');
          }
          const answer = toServiceError(refusal);
          this.options.refused?.inc({ code: refusal.code });
          finish(answer.code);
          reply(answer);
        },
      );
    };
  }
}

/** Messages of streams are decoded and encoded by us, so that their bytes can be counted. */
function onTheWire(method: GrpcMethod): object {
  if (!method.responseStream) return method;
  const encoded = { ...method, responseSerialize: bytesAsTheyAre };
  return method.requestStream ? { ...encoded, requestDeserialize: bytesAsTheyAre } : encoded;
}
