export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

/** More than any event of the network; a stream beyond it is not one of ours. */
const MAX_EVENT_CHARS = 8 * 1_048_576;

/** Events of a text/event-stream, by the HTML standard; `onRetry` hears how long the server wants clients to stay away. */
export async function* sseEvents(
  chunks: AsyncIterable<Uint8Array>,
  onRetry: (retryMs: number) => void = () => undefined,
): AsyncGenerator<SseEvent> {
  let event = '';
  let data: string[] = [];
  for await (const line of lines(chunks)) {
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
    else if (name === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
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
