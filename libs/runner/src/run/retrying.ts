import { sleep } from '@allora/sdk/sleep';
import type { Limits } from '../config/runner-config';
import type { Desk } from './participant';

export interface Trying {
  readonly limits: Limits;
  /** The window's: nothing is tried after it. */
  readonly signal: AbortSignal;
  /** Most time of one call; the configured one where the window is longer. */
  readonly timeoutMs: number;
  onFailure(error: unknown): void;
}

/** Calls until it succeeds, is tried often enough or the window is over; null then. Each call has its own time limit. */
export async function tryInWindow<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { limits, signal, timeoutMs, onFailure }: Trying,
): Promise<T | null> {
  for (let retries = 0; !signal.aborted; retries += 1) {
    try {
      return await call(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (error) {
      onFailure(error);
    }
    if (retries >= limits.maxRetries) break;
    await sleep(limits.retryDelayMs, signal);
  }
  return null;
}

/** Of the window's time so much may pass in one call: what comes after it takes time as well. */
const CALL_SHARE = 0.8;

/** A clock that was pushed on for a moment must not leave models without time. */
const OBSERVED_LEAST_MS = 2_000;

/** The limit of one call: below the window's length, by the configured time of a block or the one that was observed. */
export function callTimeoutMs(
  { limits, pace }: Pick<Desk, 'limits' | 'pace'>,
  windowBlocks = Infinity,
): number {
  const { modelTimeoutMs, blockMs } = limits;
  const least = blockMs === undefined ? OBSERVED_LEAST_MS : 1;
  const share = CALL_SHARE * windowBlocks * (blockMs ?? pace.blockMs() ?? Infinity);
  return Math.min(modelTimeoutMs, Math.max(least, Math.floor(share)));
}

/** How fast blocks come, of the heights that were told. */
export class Pace {
  private first: { readonly height: number; readonly atMs: number } | undefined;
  private latest: number | undefined;

  told(height: number, atMs: number): void {
    this.first ??= { height, atMs };
    const blocks = height - this.first.height;
    if (blocks > 0) this.latest = (atMs - this.first.atMs) / blocks;
  }

  blockMs(): number | undefined {
    return this.latest;
  }
}
