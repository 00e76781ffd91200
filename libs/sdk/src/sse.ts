export interface SseEvent {
  readonly event: string;
  readonly data: string;
  /** Of this event; the standard's "last event id" is for who comes again. */
  readonly id?: string;
}

interface SseHooks {
  /** How long the server wants clients to stay away. */
  readonly onRetry?: (retryMs: number) => void;
  /** An id that came without an event: it moves the place to come again at. */
  readonly onSilentId?: (id: string) => void;
}

/** More than any event of the network; a stream beyond it is not one of ours. */
const MAX_EVENT_CHARS = 8 * 1_048_576;

/** Events of a text/event-stream, by the HTML standard. */
export async function* sseEvents(
  chunks: AsyncIterable<Uint8Array>,
  { onRetry, onSilentId }: SseHooks = {},
): AsyncGenerator<SseEvent> {
  let event = '';
  let id: string | undefined;
  let data: string[] = [];
  for await (const line of lines(chunks)) {
    if (line === '') {
      const own = id === undefined ? {} : { id };
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), ...own };
      else if (id !== undefined) onSilentId?.(id);
      event = '';
      id = undefined;
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id' && !value.includes('\0')) id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) onRetry?.(Number(value));
  }
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be the first half of a line end.
    const whole = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
    const parts = whole.split(/\r\n|\n|\r/);
    rest = parts.pop()! + rest.slice(whole.length);
    if (rest.length > MAX_EVENT_CHARS) throw new Error('a line of the event stream is too long');
    yield* parts;
  }
}
