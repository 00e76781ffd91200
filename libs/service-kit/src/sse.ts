import { RefusalError } from '@allora/contracts/errors';
import type { FastifyReply } from 'fastify';
import type { HealthProbes } from './health';
import type { RequestMetrics } from './metrics';
import { factsToJson } from './refusal';
import { FrameStream, type FrameStreamGiven } from './sse-frames';

export interface ServerSentEvent {
  readonly event?: string;
  /** Given back by the client as `Last-Event-ID` when it comes again. */
  readonly id?: string | number;
  /** Text as it is, everything else as JSON. */
  readonly data: unknown;
}

interface EventStreamOptions {
  /** How long the client waits before it comes again. */
  readonly retryMs?: number;
}

interface EventStreamsGiven {
  readonly probes: Pick<HealthProbes, 'stopping'>;
  readonly metrics: Pick<RequestMetrics, 'eventStreams' | 'slowReaders'>;
  /** Bytes not read by a client beyond which it is cut off. */
  readonly slowReaderBytes: number;
  /** Between comments that keep proxies from closing a silent stream and find clients that are gone. */
  readonly heartbeatMs?: number;
}

const defaultHeartbeatMs = 15_000;
const defaultRetryMs = 2_000;
/** At a stop, for the client to take what is on its way. */
const lastWordsMs = 1_000;

/** Turns replies into streams of server-sent events, and ends them with the process. */
export class EventStreams {
  private readonly frameStreams = new Set<FrameStream>();
  private readonly frames: FrameStreamGiven;

  constructor(private readonly given: EventStreamsGiven) {
    const { metrics, slowReaderBytes } = given;
    this.frames = { metrics, slowReaderBytes, onOver: (stream) => this.frameStreams.delete(stream) };
    // One listener for all of them: ten thousand streams are nothing to look after.
    given.probes.stopping.addEventListener('abort', () => {
      for (const stream of this.frameStreams) stream.close();
    });
  }

  /** From a controller's `@Res()`; the stream ends by itself when the client leaves or the process stops. */
  open(reply: FastifyReply, { retryMs = defaultRetryMs }: EventStreamOptions = {}): EventStream {
    if (this.given.probes.stopping.aborted) throw new RefusalError('UNAVAILABLE', 'the service is stopping');
    return new EventStream(reply, retryMs, this.given);
  }

  /**
   * For feeds of many readers: whoever makes the frames also makes their heartbeat, once for all. Hijacks the reply; headers
   * that were set on it are sent.
   */
  openFrames(reply: FastifyReply): FrameStream {
    if (this.given.probes.stopping.aborted) throw new RefusalError('UNAVAILABLE', 'the service is stopping');
    const stream = new FrameStream(reply, this.frames);
    if (!stream.ended) this.frameStreams.add(stream);
    return stream;
  }
}

export class EventStream {
  private readonly ended = new AbortController();
  private readonly route: string;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly onStop = () => this.close();

  constructor(
    private readonly reply: FastifyReply,
    retryMs: number,
    private readonly given: EventStreamsGiven,
  ) {
    this.route = reply.request.routeOptions.url ?? 'unmatched';
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // Kept alive behind its end, the connection would keep a stop waiting.
      connection: 'close',
      'x-accel-buffering': 'no',
    });
    reply.raw.on('close', () => this.over());
    reply.raw.on('error', () => this.over());
    given.metrics.eventStreams.inc({ route: this.route });
    given.probes.stopping.addEventListener('abort', this.onStop);
    this.heartbeat = setInterval(() => this.write(':\n\n'), given.heartbeatMs ?? defaultHeartbeatMs);
    this.heartbeat.unref();
    this.write(`retry: ${retryMs}\n\n`);
    if (reply.raw.destroyed) this.over();
  }

  /** Aborts when the stream has ended, for whatever reason: whoever feeds it then lets go. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Never waits; a client that does not read is cut off and has to come again. */
  send({ event, id, data }: ServerSentEvent): void {
    const text = typeof data === 'string' ? data : factsToJson(data);
    const lines = [
      ...(event === undefined ? [] : [`event: ${oneLine(event)}`]),
      ...(id === undefined ? [] : [`id: ${oneLine(String(id))}`]),
      ...text.split(/\r\n|\r|\n/).map((line) => `data: ${line}`),
    ];
    this.write(`${lines.join('\n')}\n\n`);
  }

  close(): void {
    if (this.ended.signal.aborted) return;
    const { raw } = this.reply;
    this.over();
    raw.end();
    setTimeout(() => raw.destroy(), lastWordsMs).unref();
  }

  private write(text: string): void {
    if (this.ended.signal.aborted) return;
    const { raw } = this.reply;
    raw.write(text);
    if (raw.writableLength <= this.given.slowReaderBytes) return;
    this.given.metrics.slowReaders.inc({ route: this.route });
    this.over();
    raw.destroy();
  }

  private over(): void {
    if (this.ended.signal.aborted) return;
    clearInterval(this.heartbeat);
    this.given.probes.stopping.removeEventListener('abort', this.onStop);
    this.given.metrics.eventStreams.dec({ route: this.route });
    this.ended.abort();
  }
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]/g, ' ');
