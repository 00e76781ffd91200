/**
 * received -> held -> delivering -> held … -> fulfilled; or, where nothing more comes, closing -> refunded | refused. An effect
 * outside follows only from a state that is written down, and each effect may be repeated: whoever finds a purchase in a state
 * does what is due in it, whatever happened to the one that wrote it.
 */
export type PurchaseState =
  'received' | 'held' | 'delivering' | 'closing' | 'fulfilled' | 'refunded' | 'refused';

export interface PurchaseReason {
  readonly code: string;
  readonly detail: string;
}

export interface Purchase {
  readonly kind: 'latest' | 'next-epoch' | 'subscription';
  readonly state: PurchaseState;
  readonly feeUallo: bigint;
  /** How many epochs share the fee, and how many of them are delivered and charged. */
  readonly parts: number;
  readonly deliveredParts: number;
  readonly chargedUallo: bigint;
  readonly refundedUallo: bigint;
  /** What is delivered next is of a later nonce; not of the latest, which is bought as it is. */
  readonly afterNonce: number;
  readonly maxWaitBlocks: number;
  /** Nothing of a later nonce is delivered; 0 before the fee is held. */
  readonly deadlineHeight: number;
  /** By the clock, for when the height stands still. */
  readonly deadlineAtMs: number;
  readonly reason: PurchaseReason | null;
}

export type PurchaseEvent =
  | { readonly kind: 'fee-held'; readonly height: number }
  | { readonly kind: 'inference-signed'; readonly nonce: number }
  | { readonly kind: 'part-charged'; readonly amountUallo: bigint }
  /** A refusal of the fee, or that the time is over. */
  | { readonly kind: 'given-up'; readonly reason: PurchaseReason }
  | { readonly kind: 'closed'; readonly refundedUallo: bigint };

export type PurchaseStep =
  | { readonly kind: 'hold-fee' }
  | { readonly kind: 'sign-inference'; readonly nonce: number; readonly part: number }
  | { readonly kind: 'charge-part'; readonly part: number }
  | { readonly kind: 'give-up'; readonly reason: PurchaseReason }
  | { readonly kind: 'refund' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'none' };

/** What is known beside the purchase when it is looked at. */
export interface PurchaseFacts {
  readonly nowMs: number;
  /** Undefined when it is not known. */
  readonly height: number | undefined;
  /** Of the inference that would be delivered next; undefined while there is none. */
  readonly nextNonce: number | undefined;
}

export const NOT_DELIVERED = 'NOT_DELIVERED';

const ended: ReadonlySet<PurchaseState> = new Set(['fulfilled', 'refunded', 'refused']);

export const isEnded = ({ state }: Pick<Purchase, 'state'>): boolean => ended.has(state);

/** What is neither charged nor given back; nothing before the fee is held. */
export function heldNowUallo(purchase: Purchase): bigint {
  const { deadlineHeight, feeUallo, chargedUallo, refundedUallo } = purchase;
  return deadlineHeight === 0 || isEnded(purchase) ? 0n : feeUallo - chargedUallo - refundedUallo;
}

/** What is due in a state. */
export function nextStep(purchase: Purchase, facts: PurchaseFacts): PurchaseStep {
  switch (purchase.state) {
    case 'received':
      return facts.nowMs >= purchase.deadlineAtMs
        ? { kind: 'give-up', reason: notDelivered('the fee could not be held in time') }
        : { kind: 'hold-fee' };
    case 'held':
      return stepOfHeld(purchase, facts);
    case 'delivering':
      return { kind: 'charge-part', part: purchase.deliveredParts + 1 };
    case 'closing':
      return { kind: 'refund' };
    case 'fulfilled':
    case 'refunded':
    case 'refused':
      return { kind: 'none' };
  }
}

/** An inference that came in time is delivered, however late it is seen. */
function stepOfHeld(purchase: Purchase, { nowMs, height, nextNonce }: PurchaseFacts): PurchaseStep {
  const { kind, deadlineHeight, deadlineAtMs, deliveredParts } = purchase;
  const isInTime = kind === 'latest' || (nextNonce !== undefined && nextNonce <= deadlineHeight);
  if (nextNonce !== undefined && isInTime)
    return { kind: 'sign-inference', nonce: nextNonce, part: deliveredParts + 1 };
  if (height !== undefined && height > deadlineHeight) {
    return {
      kind: 'give-up',
      reason: notDelivered(`no further inference came up to height ${deadlineHeight}`),
    };
  }
  if (nowMs >= deadlineAtMs)
    return { kind: 'give-up', reason: notDelivered('no further inference came in time') };
  return { kind: 'wait' };
}

const notDelivered = (detail: string): PurchaseReason => ({ code: NOT_DELIVERED, detail });

/** The purchase after an event; one that does not fit its state is a fault of the caller. */
export function afterEvent(purchase: Purchase, event: PurchaseEvent): Purchase {
  switch (event.kind) {
    case 'fee-held':
      expectState(purchase, event, 'received');
      return { ...purchase, state: 'held', deadlineHeight: event.height + purchase.maxWaitBlocks };
    case 'inference-signed':
      expectState(purchase, event, 'held');
      return { ...purchase, state: 'delivering', afterNonce: event.nonce };
    case 'part-charged': {
      expectState(purchase, event, 'delivering');
      const deliveredParts = purchase.deliveredParts + 1;
      const chargedUallo = purchase.chargedUallo + event.amountUallo;
      const state = deliveredParts === purchase.parts ? 'fulfilled' : 'held';
      return { ...purchase, state, deliveredParts, chargedUallo };
    }
    case 'given-up':
      expectState(purchase, event, 'received', 'held', 'delivering');
      return { ...purchase, state: 'closing', reason: event.reason };
    case 'closed': {
      expectState(purchase, event, 'closing');
      const { refundedUallo } = event;
      // A fee may have been taken though its answer was lost: then it is given back now.
      const wasHeld = purchase.deadlineHeight > 0 || refundedUallo > 0n;
      const isRefused = !wasHeld && purchase.reason?.code !== NOT_DELIVERED;
      return { ...purchase, state: isRefused ? 'refused' : 'refunded', refundedUallo };
    }
  }
}

function expectState(
  { state }: Purchase,
  { kind }: PurchaseEvent,
  ...states: readonly PurchaseState[]
): void {
  if (!states.includes(state)) throw new Error(`a purchase that is ${state} has no ${kind}`);
}

/** Blocks of an epoch and its windows, as far as a wait depends on them. */
interface EpochRules {
  readonly epochLengthBlocks: number;
  readonly workerWindowBlocks: number;
  readonly revealWindowBlocks: number;
}

/**
 * How many blocks a purchase waits unless it says so: until the epochs that it is of have begun and their windows are over, and
 * one epoch more.
 */
export const fittingWaitBlocks = (parts: number, rules: EpochRules): number =>
  (parts + 1) * rules.epochLengthBlocks + rules.workerWindowBlocks + rules.revealWindowBlocks;
