import { AlloraError, unreadable } from '../errors';
import type { HttpOptions } from '../http';
import type { Link } from '../link';
import { backoffMs, isRetried } from '../retry';
import { sleep } from '../sleep';
import { sseEvents } from '../sse';
import { EventConnection, NotNow } from './connection';
import { toStreamEvent } from './decode-event';
import type { StreamEvent, StreamOptions } from './stream-types';

export interface EventWatch {
  /**
   * Network inferences, phases of epochs and windows as they are told, through cut connections and restarts, until the signal
   * or the end of the loop; each once. Throws what waiting does not mend: CURSOR_EXPIRED when the network's record was made
   * anew (read what was missed from the history, and watch without a cursor), UNKNOWN_TOPIC, MALFORMED.
   */
  watch(options?: StreamOptions): AsyncIterable<StreamEvent>;
}

const DEFAULT_SILENCE_MS = 45_000;

export const eventWatch = ({ urls, http }: Pick<Link, 'urls' | 'http'>): EventWatch => ({
  watch: (options = {}) => watchEvents(http, `${urls.gateway}/v1/stream`, options),
});

/** Where the stream stands, and how the next connection asks to go on from there. */
class Place {
  cursor: string | undefined;

  constructor(
    private readonly url: string,
    private readonly options: StreamOptions,
  ) {
    this.cursor = options.cursor;
  }

  get address(): string {
    const { topics, kinds, since, from } = this.options;
    const query = new URLSearchParams();
    if (topics) query.set('topics', topics.join(','));
    if (kinds) query.set('kinds', kinds.join(','));
    if (this.cursor !== undefined) query.set('cursor', this.cursor);
    else if (since !== undefined) query.set('since', String(since));
    else if (from !== undefined) query.set('from', from);
    const text = query.toString();
    return text === '' ? this.url : `${this.url}?${text}`;
  }

  moved(cursor: string): void {
    this.cursor = cursor;
    this.options.onCursor?.(cursor);
  }
}

async function* watchEvents(
  http: HttpOptions,
  url: string,
  options: StreamOptions,
): AsyncGenerator<StreamEvent> {
  const { signal, silenceMs = DEFAULT_SILENCE_MS, apiKey } = options;
  const place = new Place(url, options);
  const headers: Record<string, string> = apiKey === undefined ? {} : { 'x-api-key': apiKey };
  let failures = 0;
  while (!signal?.aborted) {
    const connection = new EventConnection(signal, silenceMs);
    let askedMs: number | null = null;
    try {
      const response = await connection.open(http, place.address, headers);
      const hooks = {
        onRetry: (ms: number) => (askedMs = ms),
        onSilentId: (id: string) => place.moved(id),
      };
      for await (const { event, data, id } of sseEvents(connection.read(response), hooks)) {
        failures = 0;
        // The server never repeats itself; one that does has lost its order, and nothing it says can be counted on.
        if (id === undefined || id === place.cursor)
          throw unreadable(url, 'an event has no cursor of its own');
        place.moved(id);
        const told = toStreamEvent({ url, kind: event, data, cursor: id });
        if (told) yield told;
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
