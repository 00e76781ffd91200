import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { RefusalError } from '@allora/contracts/errors';
import { apiKeyHeader, requireScope } from './callers';
import type { BidiHandler, GrpcCall, ServerStreamHandler } from './grpc-call';
import type { BidiMethod, GrpcMethod, ServerStreamMethod } from './grpc-definition';
import { GrpcIncoming } from './grpc-incoming';
import { OpenStream, type GrpcStreamOptions, type RawStream } from './grpc-open-stream';

/** The streaming calls of a host, from their beginning until their status is on its way. */
export class GrpcStreams {
  private readonly open = new Set<OpenStream>();
  private stopping = false;

  constructor(private readonly options: GrpcStreamOptions) {}

  serverStream(method: ServerStreamMethod, handler: ServerStreamHandler<unknown, unknown>) {
    return (raw: ServerWritableStream<unknown, Buffer>): void => {
      const stream = this.begin(raw, method);
      stream.onStop = () => stream.leave();
      void stream.run(async () => {
        const { outgoing, context } = stream;
        await admit(this.options, method, context);
        const frames = {
          writeEncoded: (answer: Buffer) => outgoing.write(answer),
          drained: () => outgoing.drained(),
        };
        const answers = handler(raw.request, context, frames);
        if (answers instanceof Promise) return answers;
        for await (const message of answers) {
          if (context.signal.aborted) return;
          outgoing.write(stream.encode(message));
        }
      });
    };
  }

  bidi(method: BidiMethod, handler: BidiHandler<unknown, unknown>) {
    return (raw: ServerDuplexStream<Buffer, Buffer>): void => {
      const stream = this.begin(raw, method);
      const { context } = stream;
      const { limits } = this.options;
      const stopped = new AbortController();
      const letGo = AbortSignal.any([context.signal, stopped.signal]);
      const requests = new GrpcIncoming(raw, {
        decode: method.requestDeserialize,
        onMalformed: () =>
          stream.refuse(new RefusalError('MALFORMED', 'a message of the stream cannot be decoded')),
        // Unlike a call, a stream can be slowed down instead of refused.
        admit: async (count) => limits?.paceForAddress(context.peer, count, letGo),
      });
      stream.onStop = () => {
        requests.end();
        stopped.abort();
      };
      const answers = {
        write: (message: unknown) => stream.outgoing.write(stream.encode(message)),
        drained: () => stream.outgoing.drained(),
      };
      void stream.run(async () => {
        await admit(this.options, method, context);
        await handler(requests, context, answers);
        if (stream.stopped && !raw.readableEnded) stream.leave();
      });
    };
  }

  /** Ends server streams at once, the others when what they have read is answered; all as UNAVAILABLE. */
  stop(): void {
    this.stopping = true;
    for (const stream of this.open) stream.stop();
  }

  private begin(raw: RawStream, method: ServerStreamMethod | BidiMethod): OpenStream {
    const stream = new OpenStream(raw, method, this.options, () => this.open.delete(stream));
    this.open.add(stream);
    if (this.stopping) setImmediate(() => stream.stop());
    return stream;
  }
}

/** Counts a call, by its key or the address it comes from; probes are free. */
export async function admit(
  { callers, limits }: Pick<GrpcStreamOptions, 'callers' | 'limits'>,
  { path, requestStream, responseStream }: GrpcMethod,
  call: GrpcCall,
): Promise<void> {
  if (path.startsWith('/grpc.health.')) return;
  if (!callers) return void (await limits?.takeForAddress(call.peer));
  const { apiKey } = await callers.admit(call.peer, call.header(apiKeyHeader));
  call.apiKey = apiKey;
  if (responseStream && !requestStream) requireScope(apiKey, 'stream');
}
