const BACKOFF_BASE_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A server that asks for more is believed only so far: a client that sleeps for hours looks dead. */
const RETRY_AFTER_MAX_MS = 30_000;

/** Answers that say "not now": the repeat of the same bytes is safe for every command of the network. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export const isRetried = (status: number): boolean => RETRIED_STATUSES.has(status);

/** Retry-After in milliseconds: seconds or an HTTP date; null when absent or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS);
}

/** What the facts of a refusal ask for, where there is no header to do so; null when they do not. */
export function askedWaitMs({
  retryAfterSeconds,
  retryAfterMs: askedMs,
}: Readonly<Record<string, unknown>>): number | null {
  const waitMs = typeof askedMs === 'number' ? askedMs : Number(retryAfterSeconds ?? NaN) * 1_000;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS) : null;
}

/**
 * How long to wait before attempt `attempt + 1` (attempt counts from 0). Without a Retry-After the wait doubles each time; half
 * of it is random, so that many clients refused at once do not come back at once. A Retry-After is a lower bound.
 */
export function backoffMs(attempt: number, askedMs: number | null, random: () => number): number {
  const fullMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
  const jitteredMs = fullMs * (0.5 + 0.5 * random());
  return askedMs === null ? jitteredMs : askedMs + random() * Math.max(BACKOFF_BASE_MS, 0.5 * askedMs);
}
