import { endedAt, type Timetable } from './timetable';
import { type EpochRhythm, latestNonce, turnOffset } from './window';

type Lengths = EpochRhythm['params'];

export interface ReopenedEpoch {
  /** Whether its reputer window was told closed and its payment decided. */
  readonly settled: boolean;
  /** Whether anybody was paid for it. */
  readonly paid: boolean;
  /** Whether the topic opens epochs at all. */
  readonly awake: boolean;
}

export type Reopening<P extends Lengths = Lengths> =
  /** Its question is asked again as the epoch of this nonce. */
  | { readonly kind: 'reopened'; readonly nonce: number; readonly timetable: Timetable<P> }
  | { readonly kind: 'refused'; readonly reason: 'NOT_SETTLED' | 'PAID' | 'TOPIC_ASLEEP' };

/**
 * What reopening an epoch means. What was told of it stands: its set is what stands before the seal, its inference was read, and every
 * later epoch was computed from what it left. So its question is asked again by an epoch of its own, at the next height, from which on the
 * rhythm counts anew.
 *
 * Only an epoch that is settled and paid nobody may be reopened: its part of the emission went back to the rewards pool, so the epoch in
 * its place takes what it left, and the topic is not paid for more blocks than there are. While it is not settled it may still be paid.
 */
export function reopenEpoch<P extends Lengths>(
  timetable: Timetable<P>,
  height: number,
  params: P,
  { settled, paid, awake }: ReopenedEpoch,
): Reopening<P> {
  if (!settled) return { kind: 'refused', reason: 'NOT_SETTLED' };
  if (paid) return { kind: 'refused', reason: 'PAID' };
  const before = endedAt(timetable, height);
  const last = before.at(-1);
  if (!awake || !last) return { kind: 'refused', reason: 'TOPIC_ASLEEP' };
  const lastNonce = latestNonce(last, 'WORKER_WINDOW_OPENED', height);
  if (lastNonce === undefined) return { kind: 'refused', reason: 'NOT_SETTLED' };
  const next = { firstNonce: 0, params };
  // Workers are asked of one epoch at a time, and epochs are settled in the order of their nonces.
  const ordered = (['REPUTER_WINDOW_OPENED', 'REPUTER_WINDOW_CLOSED'] as const).map(
    (phase) => lastNonce + turnOffset(last, phase) - turnOffset(next, phase) + 1,
  );
  const nonce = Math.max(height + 1, lastNonce + turnOffset(last, 'WORKER_WINDOW_CLOSED'), ...ordered);
  return { kind: 'reopened', nonce, timetable: [...before, { firstNonce: nonce, params }] };
}
