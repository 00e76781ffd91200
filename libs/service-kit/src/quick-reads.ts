import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { all, compile } from '@fastify/proxy-addr';
import type { Counter } from 'prom-client';
import { type Admission, apiKeyHeader, type Callers } from './callers';
import type { CommonConfig } from './common-config';
import { originHeaders } from './cors';
import type { Durations } from './durations';
import { matchesEtag } from './if-none-match';
import type { Log } from './log';
import { standingHeaders } from './rate-limit.http';
import { acceptRequestId, requestIdHeader } from './request-id';
import { securityHeaders } from './security-headers';
import type { Tracing } from './tracing/tracing';

/** An answer that lies ready, for whoever may read. */
export interface QuickAnswer {
  readonly body: Buffer;
  /** Its own, in pairs of a name and a value. */
  readonly headers: readonly string[];
  readonly etag: string;
  /** The same in pairs, for those who have the body already. */
  readonly unchangedHeaders: readonly string[];
  /** What its being given is counted in. */
  readonly counts: readonly Pick<Counter.Internal, 'inc'>[];
}

/** Answers by a request's target, exactly as it was sent: a query or another way to write the path is not among them. */
export interface QuickReads {
  /** The pattern of the targets, as it is told in metrics. */
  readonly route: string;
  find(target: string): QuickAnswer | undefined;
}

interface QuickDoorOptions {
  readonly config: Partial<Pick<CommonConfig, 'trustProxy' | 'corsOrigins'>>;
  readonly callers: Callers;
  readonly tracing: Tracing;
  readonly log: Log;
  readonly durations: Durations;
}

/**
 * Ahead of the framework, which costs such an answer as much again: a plain read whose answer lies ready is given it here, under the
 * same limits and with the same headers and metrics as behind any other route. Whatever is not plain goes on to the route itself.
 */
export class QuickDoor {
  private reads: QuickReads | undefined;
  private readonly admissions = new WeakMap<IncomingMessage, Admission | Promise<Admission>>();
  private readonly addressOf: (request: IncomingMessage) => string;
  private readonly common: readonly string[];

  constructor(private readonly options: QuickDoorOptions) {
    const { trustProxy, corsOrigins } = options.config;
    this.addressOf = addressReader(trustProxy ?? []);
    this.common = Object.entries({ ...securityHeaders, ...originHeaders(corsOrigins ?? []) }).flat();
  }

  /** There is one place of such reads in a process. */
  open(reads: QuickReads): void {
    if (this.reads) throw new Error(`${this.reads.route} is answered quickly already`);
    this.reads = reads;
  }

  /** Of a request that went on from here: its caller has been counted, or was refused. */
  admissionOf(request: IncomingMessage): Admission | Promise<Admission> | undefined {
    return this.admissions.get(request);
  }

  /** False: it is for the route. */
  answers(request: IncomingMessage, response: ServerResponse, server: Server): boolean {
    const began = performance.now();
    const answer = this.reads?.find(request.url ?? '');
    if (!answer || !this.isPlain(request) || !server.listening) return false;
    const admission = this.admit(request);
    if (!admission) return false;
    const { headers } = request;
    const isUnchanged =
      headers['if-none-match'] !== undefined && matchesEtag(headers['if-none-match'], answer.etag);
    const status = isUnchanged ? 304 : 200;
    response.writeHead(status, [
      ...this.common,
      requestIdHeader,
      acceptRequestId(headers[requestIdHeader]),
      ...standingHeaders(admission.standings),
      ...(isUnchanged ? answer.unchangedHeaders : answer.headers),
    ]);
    if (isUnchanged) response.end();
    else response.end(answer.body);
    for (const count of answer.counts) count.inc();
    this.options.durations('GET', this.reads!.route, status).observe((performance.now() - began) / 1_000);
    return true;
  }

  /** A page's request, a traced one and one that is told in the log have more to them. */
  private isPlain({ method, headers }: IncomingMessage): boolean {
    const { tracing, log } = this.options;
    return method === 'GET' && headers.origin === undefined && !tracing.isOn && !log.tellsDebug;
  }

  /** Nothing where the caller has to wait or is refused: the route tells it so. */
  private admit(request: IncomingMessage): Admission | undefined {
    const admission = this.askedFor(request);
    if (!(admission instanceof Promise) && mayRead(admission)) return admission;
    this.admissions.set(request, admission);
    return undefined;
  }

  private askedFor(request: IncomingMessage): Admission | Promise<Admission> {
    const token = request.headers[apiKeyHeader];
    try {
      return this.options.callers.admit(
        this.addressOf(request),
        typeof token === 'string' ? token : undefined,
      );
    } catch (error) {
      return refusedWith(error);
    }
  }
}

const mayRead = ({ apiKey }: Admission): boolean => !apiKey || apiKey.scopes.has('read');

/** Told by the route, to which this goes on. */
function refusedWith(error: unknown): Promise<never> {
  const refused = Promise.reject<never>(error as Error);
  refused.catch(() => undefined);
  return refused;
}

/** As the framework finds it out. */
function addressReader(trustProxy: readonly string[]): (request: IncomingMessage) => string {
  if (trustProxy.length === 0) return ({ socket }) => socket.remoteAddress ?? '';
  const trusts = compile([...trustProxy]);
  return (request) => all(request, trusts).at(-1) ?? '';
}
