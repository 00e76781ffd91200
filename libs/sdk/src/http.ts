import { setTimeout as sleep } from 'node:timers/promises';
import { AlloraError, refusalOf, timedOut, unreachable } from './errors';
import { backoffMs, isRetried, retryAfterMs } from './retry';

export interface HttpOptions {
  readonly fetch: typeof fetch;
  /** Limit of one attempt. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly random: () => number;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: unknown;
  readonly bearer?: string | undefined;
  /** Instead of the client's own limit of one attempt. */
  readonly timeoutMs?: number;
}

type Attempt = { readonly answer: unknown } | { readonly error: AlloraError; readonly waitMs: number | null };

function headersOf(call: HttpCall): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.bearer === undefined ? {} : { authorization: `Bearer ${call.bearer}` }),
  };
}

function parse(text: string): unknown {
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
      headers: headersOf(call),
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
  const answer = parse(text);
  if (response.ok) {
    if (typeof answer !== 'string') return { answer };
    throw new AlloraError({
      code: 'UNREADABLE_ANSWER',
      status: response.status,
      detail: `${call.url} did not answer in JSON`,
      remedy: 'Check that the address is that of an Allora service.',
    });
  }
  const error = refusalOf(response.status, answer);
  if (!isRetried(response.status)) throw error;
  return { error, waitMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) };
}

/** One call with its retries. The body is encoded once: every attempt sends the same bytes. */
export async function requestJson(options: HttpOptions, call: HttpCall): Promise<unknown> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  for (let retries = 0; ; retries += 1) {
    const result = await attempt(options, call, body);
    if ('answer' in result) return result.answer;
    if (retries >= options.maxRetries) throw result.error;
    await sleep(backoffMs(retries, result.waitMs, options.random));
  }
}
