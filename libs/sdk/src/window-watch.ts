import { setTimeout as sleep } from 'node:timers/promises';
import * as decode from './decode';
import { AlloraError, refusalOf, unreadable } from './errors';
import { type HttpOptions, parseJson } from './http';
import { backoffMs, isRetried, retryAfterMs } from './retry';
import { sseEvents } from './sse';
import type { Windows } from './types';

export interface WatchOptions {
  /** Ends the watching. */
  readonly signal?: AbortSignal;
  /** Silence after which the connection is taken for dead; the server says something every 15 s. */
  readonly silenceMs?: number;
}

const DEFAULT_SILENCE_MS = 45_000;

/**
 * Each event is the whole state, so a cut connection loses nothing: the next one begins with what is open then. Refusals that
 * waiting does not mend (an unknown topic) are thrown.
 */
export async function* watchWindows(
  http: HttpOptions,
  url: string,
  { signal, silenceMs = DEFAULT_SILENCE_MS }: WatchOptions = {},
): AsyncGenerator<Windows> {
  let last = '';
  let failures = 0;
  while (!signal?.aborted) {
    const connection = new Connection(signal, silenceMs);
    let askedMs: number | null = null;
    try {
      const response = await connection.open(http, url);
      for await (const { event, data } of sseEvents(connection.read(response), (ms) => (askedMs = ms))) {
        if (event !== 'windows') continue;
        failures = 0;
        if (data === last) continue;
        last = data;
        yield decode.toWindows(parseJson(data));
      }
    } catch (error) {
      if (error instanceof AlloraError && !isRetried(error.status)) throw error;
      if (error instanceof Refused) askedMs = error.waitMs;
    } finally {
      connection.close();
    }
    await sleep(backoffMs(failures, askedMs, http.random), undefined, signal ? { signal } : {}).catch(
      () => undefined,
    );
    failures += 1;
  }
}

/** An answer that says "not now". */
class Refused extends Error {
  constructor(readonly waitMs: number | null) {
    super('the stream was refused');
  }
}

/** One request, which ends when nothing has come for too long. */
class Connection {
  private readonly ending = new AbortController();
  private readonly onAbort = () => this.close();
  private silence: NodeJS.Timeout | undefined;

  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly silenceMs: number,
  ) {
    signal?.addEventListener('abort', this.onAbort);
    if (signal?.aborted) this.close();
  }

  async open(http: HttpOptions, url: string): Promise<Response> {
    this.heard();
    const headers = { accept: 'text/event-stream, application/problem+json' };
    const response = await http.fetch(url, { headers, signal: this.ending.signal });
    if (response.ok) {
      const type = response.headers.get('content-type') ?? '';
      if (type.startsWith('text/event-stream')) return response;
      throw unreadable(url, `it is ${type || 'of no type'}, not text/event-stream`);
    }
    const refusal = refusalOf(response.status, parseJson(await response.text()));
    if (!isRetried(response.status)) throw refusal;
    throw new Refused(retryAfterMs(response.headers.get('retry-after'), Date.now()));
  }

  async *read(response: Response): AsyncGenerator<Uint8Array> {
    if (!response.body) return;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      this.heard();
      yield chunk;
    }
  }

  close(): void {
    clearTimeout(this.silence);
    this.signal?.removeEventListener('abort', this.onAbort);
    this.ending.abort();
  }

  private heard(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.ending.abort(), this.silenceMs);
  }
}
