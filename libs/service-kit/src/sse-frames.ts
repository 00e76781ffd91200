import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { RequestMetrics } from './metrics';

export interface FrameStreamGiven {
  readonly metrics: Pick<RequestMetrics, 'eventStreams' | 'slowReaders'>;
  /** Bytes not read by a client beyond which it is cut off. */
  readonly slowReaderBytes: number;
  /** Told once, whoever ended the stream. */
  readonly onOver: (stream: FrameStream) => void;
}

/** At a stop, for the client to take what is on its way. */
const lastWordsMs = 1_000;
/** How long a client may take for what it asked to have sent again before anything of it is read. */
const maxStandstillMs = 30_000;
/** Below it a client that catches up is given more. */
const lowWaterBytes = 65_536;

/**
 * Server-sent events for very many idle readers: whole frames, made once for all of them, straight onto the socket. Nothing of
 * the request stays behind it, and the stream has no timer and no encoding of its own. It ends with its connection, so that
 * the bytes of a frame are the same to clients of HTTP/1.0 and 1.1.
 */
export class FrameStream {
  private readonly socket: Socket;
  private readonly route: string;
  private isOver = false;
  /** Told once when the stream is over: whoever feeds it then lets go. */
  onEnd: () => void = () => undefined;

  constructor(
    reply: FastifyReply,
    private readonly given: FrameStreamGiven,
  ) {
    this.route = reply.request.routeOptions.url ?? 'unmatched';
    const { socket } = reply.request.raw;
    this.socket = socket;
    reply.hijack();
    socket.write(headOf(reply));
    // Frees the answer; at the socket's end the server would otherwise still look after it.
    reply.raw.detachSocket(socket);
    given.metrics.eventStreams.inc({ route: this.route });
    socket.setNoDelay(true);
    socket.once('close', () => this.over());
    if (socket.destroyed) this.over();
  }

  get ended(): boolean {
    return this.isOver;
  }

  /** Never waits; a client that does not read is cut off and has to come again. */
  write(frame: Uint8Array): void {
    if (this.isOver) return;
    // Before it is added: a frame that is itself above the limit still goes to a client that keeps up.
    if (this.socket.writableLength > this.given.slowReaderBytes) return this.cutOff();
    this.socket.write(frame);
  }

  /** Resolves when the client has taken nearly everything, or the stream is over; one that stands still is cut off. */
  async drained(): Promise<void> {
    const { socket } = this;
    for (let before = Infinity; !this.isOver && socket.writableLength > lowWaterBytes;) {
      if (socket.writableLength >= before) return this.cutOff();
      before = socket.writableLength;
      await drainOrClose(socket);
    }
  }

  close(): void {
    if (this.isOver) return;
    this.over();
    this.socket.end();
    setTimeout(() => this.socket.destroy(), lastWordsMs).unref();
  }

  private cutOff(): void {
    this.given.metrics.slowReaders.inc({ route: this.route });
    this.over();
    this.socket.destroy();
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.given.metrics.eventStreams.dec({ route: this.route });
    this.given.onOver(this);
    this.onEnd();
  }
}

function headOf(reply: FastifyReply): string {
  const headers = {
    ...reply.getHeaders(),
    date: new Date().toUTCString(),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (one) => `${name}: ${String(one).replaceAll(/[\r\n]/g, ' ')}`,
    ),
  );
  return `HTTP/1.1 200 ${STATUS_CODES[200]}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function drainOrClose(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      socket.off('drain', end);
      socket.off('close', end);
      resolve();
    };
    const timer = setTimeout(end, maxStandstillMs);
    socket.on('drain', end);
    socket.on('close', end);
  });
}
