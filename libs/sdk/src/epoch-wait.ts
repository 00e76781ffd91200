import { AlloraError, timedOut } from './errors';
import { sleep } from './sleep';
import type { Epoch, EpochPart } from './types';

/** Between two polls at the least, so that a server that answers at once is not hammered. */
const POLL_PAUSE_MS = 20;
/** One held request; proxies tend to cut at 30 s or 60 s. */
export const LONG_POLL_MS = 20_000;

/** Reads an epoch until the wanted part is there. `poll` may answer early, and with less: then it is asked again. */
export async function waitForEpoch(
  poll: (holdMs: number) => Promise<Epoch>,
  wanted: EpochPart,
  timeoutMs: number,
): Promise<Epoch> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const leftMs = deadlineMs - Date.now();
    if (leftMs <= 0) throw timedOut(`waiting for the epoch's ${wanted}`, timeoutMs);
    try {
      const epoch = await poll(Math.min(leftMs, LONG_POLL_MS));
      if (epoch[wanted] !== null) return epoch;
    } catch (error) {
      // The first event of an epoch may still be on its way to the gateway.
      if (!(error instanceof AlloraError) || error.code !== 'UNKNOWN_EPOCH') throw error;
    }
    await sleep(POLL_PAUSE_MS);
  }
}
