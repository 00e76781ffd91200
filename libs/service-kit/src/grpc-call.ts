import type { Metadata } from '@grpc/grpc-js';
import type { AuditedCall } from './audit';
import type { ApiKey } from './caller';
import type { GrpcMethod, RequestOf, ResponseOf } from './grpc-definition';
import { requestIdMetadata } from './grpc-definition';
import { acceptRequestId } from './request-id';

export interface GrpcCall {
  readonly requestId: string;
  /** IP address of the caller. */
  readonly peer: string;
  /**
   * Aborts when the caller gives up, its deadline passes or it is cut off as too slow a reader; of a server stream also when
   * the host stops.
   */
  readonly signal: AbortSignal;
  /** The key that came with the call; nothing of an anonymous caller. */
  apiKey?: ApiKey | undefined;
  header(name: string): string | undefined;
}

/** Where a stream's answers go. */
export interface GrpcAnswers<Response> {
  /**
   * Sends in order and never waits: what the peer does not take is held here, up to the host's limit, beyond which the call ends
   * as SLOW_READER. After the end of the call it does nothing.
   */
  write(message: Response): void;
  /** Resolves once the peer has taken nearly everything, or the call is over: for answers that are made faster than read. */
  drained(): Promise<void>;
}

/** Where a server stream's answers go beside those that it yields. */
export interface GrpcFrames extends Pick<GrpcAnswers<unknown>, 'drained'> {
  /** Sends an answer that is serialised already: one that goes to many is serialised once. */
  writeEncoded(answer: Buffer): void;
}

export type UnaryHandler<Request, Response> = (request: Request, call: GrpcCall) => Promise<Response>;

/**
 * Its answers are pulled without regard to the reader: one that makes many at once awaits `answers.drained()` between them.
 * A handler that writes them by itself gives a promise instead, which settles with the stream.
 */
export type ServerStreamHandler<Request, Response> = (
  request: Request,
  call: GrpcCall,
  answers: GrpcFrames,
) => AsyncIterable<Response> | Promise<void>;

/**
 * Requests come as arrays of what arrived since the last one was taken; while none is taken, the peer is soon not read any
 * more. They end when the peer has sent its last, has left, or the host stops. The call ends when the promise settles.
 */
export type BidiHandler<Request, Response> = (
  requests: AsyncIterable<readonly Request[]>,
  call: GrpcCall,
  answers: GrpcAnswers<Response>,
) => Promise<void>;

export type HandlerOf<M extends GrpcMethod> = M['responseStream'] extends false
  ? UnaryHandler<RequestOf<M>, ResponseOf<M>>
  : M['requestStream'] extends false
    ? ServerStreamHandler<RequestOf<M>, ResponseOf<M>>
    : BidiHandler<RequestOf<M>, ResponseOf<M>>;

interface LibraryCall {
  readonly metadata: Metadata;
  getPeer(): string;
}

export function callContext(call: LibraryCall, signal: AbortSignal): GrpcCall {
  const header = (name: string) => call.metadata.get(name)[0]?.toString();
  return {
    requestId: acceptRequestId(header(requestIdMetadata)),
    // The library says address:port, of IPv6 without brackets.
    peer: call.getPeer().replace(/:\d+$/, ''),
    signal,
    header,
  };
}

export const auditedCall = (
  method: string,
  code: string,
  { requestId, peer, apiKey }: GrpcCall,
): AuditedCall => ({ method, code, requestId, peer, apiKeyId: apiKey?.id });
