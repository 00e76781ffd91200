import { refusalOf, unreadable } from '../errors';
import { type HttpOptions, parseJson } from '../http';
import { isRetried, retryAfterMs } from '../retry';

/** An answer that says "not now". */
export class NotNow extends Error {
  constructor(readonly waitMs: number | null) {
    super('the stream was refused');
  }
}

/** One request for an event stream, which ends when nothing has come for too long. */
export class EventConnection {
  private readonly ending = new AbortController();
  private readonly onAbort = () => this.close();
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly silenceMs: number,
  ) {
    signal?.addEventListener('abort', this.onAbort);
    if (signal?.aborted) this.close();
  }

  /** Throws `NotNow`, or an `AlloraError` that waiting does not mend. */
  async open(
    http: Pick<HttpOptions, 'fetch'>,
    url: string,
    asked: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    this.heard();
    const headers = { accept: 'text/event-stream, application/problem+json', ...asked };
    const response = await http.fetch(url, { headers, signal: this.ending.signal });
    if (response.ok) {
      const type = response.headers.get('content-type') ?? '';
      if (type.startsWith('text/event-stream')) return response;
      throw unreadable(url, `it is ${type || 'of no type'}, not text/event-stream`);
    }
    const refusal = refusalOf(response.status, parseJson(await response.text()));
    if (!isRetried(response.status)) throw refusal;
    throw new NotNow(retryAfterMs(response.headers.get('retry-after'), Date.now()));
  }

  /** By a reader: not every browser iterates over a body. */
  async *read(response: Response): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (!reader) return;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heard();
      yield value;
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
