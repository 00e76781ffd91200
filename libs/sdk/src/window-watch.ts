import * as decode from './decode';
import { AlloraError } from './errors';
import { type HttpOptions, parseJson } from './http';
import { backoffMs, isRetried } from './retry';
import { sleep } from './sleep';
import { sseEvents } from './sse';
import { EventConnection, NotNow } from './streams/connection';
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
    const connection = new EventConnection(signal, silenceMs);
    let askedMs: number | null = null;
    try {
      const response = await connection.open(http, url);
      for await (const { event, data } of sseEvents(connection.read(response), {
        onRetry: (ms) => (askedMs = ms),
      })) {
        if (event !== 'windows') continue;
        failures = 0;
        if (data === last) continue;
        last = data;
        yield decode.toWindows(parseJson(data));
      }
    } catch (error) {
      if (error instanceof AlloraError && !isRetried(error.status)) throw error;
      if (error instanceof NotNow) askedMs = error.waitMs;
    } finally {
      connection.close();
    }
    await sleep(backoffMs(failures, askedMs, http.random), signal);
    failures += 1;
  }
}
