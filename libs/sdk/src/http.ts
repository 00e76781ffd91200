import { type AlloraError, refusalOf, timedOut, unreachable, unreadable } from './errors';
import { backoffMs, isRetried, retryAfterMs } from './retry';
import { sleep } from './sleep';

export interface HttpOptions {
  readonly fetch: typeof fetch;
  /** Limit of one attempt. */
  readonly timeoutMs: number;
  /** No attempt starts later than this after the first. */
  readonly deadlineMs: number;
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly random: () => number;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly body?: unknown;
  /** Instead of `body`: JSON that is written already. */
  readonly text?: string;
  readonly bearer?: string | undefined;
  /** Instead of the client's own limit of one attempt. */
  readonly timeoutMs?: number;
}

type Attempt = { readonly answer: unknown } | { readonly error: AlloraError; readonly waitMs: number | null };

const textOf = ({ body, text }: HttpCall): string | undefined =>
  text ?? (body === undefined ? undefined : JSON.stringify(body));

function headersOf(call: HttpCall, body: string | undefined): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.bearer === undefined ? {} : { authorization: `Bearer ${call.bearer}` }),
  };
}

/** Text that is no JSON stays text. */
export function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}

async function attempt(options: HttpOptions, call: HttpCall, body: string | undefined): Promise<Attempt> {
  const timeoutMs = call.timeoutMs ?? options.timeoutMs;
  let response: Response;
  let text: string;
  try {
    response = await options.fetch(call.url, {
      method: call.method,
      headers: headersOf(call, body),
      body: body ?? null,
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (cause) {
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    const error = late
      ? timedOut(`${call.method} ${call.url}`, timeoutMs, cause)
      : unreachable(call.url, cause);
    return { error, waitMs: null };
  }
  const answer = parseJson(text);
  if (response.ok) {
    if (typeof answer !== 'string') return { answer };
    throw unreadable(call.url, 'it is not JSON');
  }
  const error = refusalOf(response.status, answer);
  if (!isRetried(response.status)) throw error;
  return { error, waitMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) };
}

/** One call with its retries. The body is encoded once: every attempt sends the same bytes. */
export async function requestJson(options: HttpOptions, call: HttpCall): Promise<unknown> {
  const body = textOf(call);
  const endMs = Date.now() + options.deadlineMs;
  for (let retries = 0; ; retries += 1) {
    const result = await attempt(options, call, body);
    if ('answer' in result) return result.answer;
    const pauseMs = backoffMs(retries, result.waitMs, options.random);
    if (retries >= options.maxRetries || Date.now() + pauseMs > endMs) throw result.error;
    await sleep(pauseMs);
  }
}
