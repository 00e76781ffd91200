import { balanceTransfer } from '../ledger/posting';
import { INFERENCE_HOLDS, participantAccount, TREASURY } from './accounts';
import { type Book, holdKey, type InferenceHold, type TransferKind } from './book';
import type { CommandOf, CommandOutcome } from './commands';
import { post } from './post';
import {
  notAllowed,
  refused,
  type RefusedCommand,
  refuseShort,
  refuseUnknownTopic,
  type CommandContext,
} from './refusals';
import { reactivate, recordFee, topicOf } from './topic-life';

/** Most deliveries that one fee may be shared by. */
export const PURCHASE_PARTS_MAX = 1_000;

/** Uallo of a hold that are neither released nor refunded. */
export const heldUallo = ({ feeUallo, releasedUallo, refundedUallo }: InferenceHold): bigint =>
  feeUallo - releasedUallo - refundedUallo;

/** What a delivery is charged, uallo: an equal share of the fee, and the last one what the division left too. */
export function partUallo(
  { feeUallo, parts }: Pick<InferenceHold, 'feeUallo' | 'parts'>,
  part: number,
): bigint {
  const share = feeUallo / BigInt(parts);
  return part < parts ? share : feeUallo - share * BigInt(parts - 1);
}

/** Takes a fee out of its buyer's account. Whatever its request, it is revenue of nobody until something is delivered. */
export function holdInferenceFee(
  { book, key }: CommandContext,
  command: CommandOf<'hold-inference-fee'>,
): CommandOutcome {
  const { from, requestId, requestHash, topicId, feeUallo, parts } = command;
  const payer = participantAccount(from);
  const refusal =
    refuseParts(parts) ??
    refuseUnknownTopic(book, topicId) ??
    refuseFee(book, topicId, feeUallo) ??
    refuseUsed(book, from, requestId) ??
    refuseShort(book, payer, feeUallo);
  if (refusal) return refusal;
  move(book, {
    key,
    kind: 'inference-hold',
    topicId,
    from: payer,
    to: INFERENCE_HOLDS,
    amountUallo: feeUallo,
  });
  book.holds.set(holdKey(from, requestId), {
    ...{ requestHash, topicId, feeUallo, parts },
    ...{ releasedParts: 0, releasedUallo: 0n, refundedUallo: 0n, closed: false },
  });
  return { accepted: true, movedUallo: feeUallo };
}

/** Parts are released in order, each once. */
export function releaseInferenceFee(
  { book, rules, key }: CommandContext,
  command: CommandOf<'release-inference-fee'>,
): CommandOutcome {
  const { account, requestId, requestHash, topicId, part } = command;
  const hold = book.holds.get(holdKey(account, requestId));
  const none = (detail: string) => refused({ code: 'NO_HOLD', account, requestId, detail });
  if (hold?.requestHash !== requestHash || hold.topicId !== topicId) return none('no fee is held for it');
  if (hold.closed) return none('it is closed');
  if (part !== hold.releasedParts + 1) return none(`part ${hold.releasedParts + 1} is the next one`);
  const amountUallo = partUallo(hold, part);
  move(book, { key, kind: 'inference-fee', topicId, from: INFERENCE_HOLDS, to: TREASURY, amountUallo });
  recordFee(book, topicId, amountUallo);
  reactivate(book, rules, topicId);
  book.holds.set(holdKey(account, requestId), {
    ...hold,
    releasedParts: part,
    releasedUallo: hold.releasedUallo + amountUallo,
    closed: part === hold.parts,
  });
  return { accepted: true, movedUallo: amountUallo };
}

/**
 * Gives back what is left. A request that nothing is held for is closed all the same: a payment for it that is still under way
 * comes too late then, and takes nothing.
 */
export function refundInferenceFee(
  { book, key }: CommandContext,
  { account, requestId, requestHash }: CommandOf<'refund-inference-fee'>,
): CommandOutcome {
  const id = holdKey(account, requestId);
  const hold = book.holds.get(id) ?? nothingHeld(requestHash);
  if (hold.requestHash !== requestHash) {
    return refused({ code: 'NO_HOLD', account, requestId, detail: 'it is held for another request' });
  }
  const amountUallo = heldUallo(hold);
  const to = participantAccount(account);
  const { topicId } = hold;
  move(book, { key, kind: 'inference-refund', topicId, from: INFERENCE_HOLDS, to, amountUallo });
  book.holds.set(id, { ...hold, refundedUallo: hold.refundedUallo + amountUallo, closed: true });
  return { accepted: true, movedUallo: amountUallo };
}

const nothingHeld = (requestHash: string): InferenceHold => ({
  ...{ requestHash, topicId: 0, feeUallo: 0n, parts: 1, releasedParts: 0, releasedUallo: 0n },
  ...{ refundedUallo: 0n, closed: false },
});

interface Move {
  readonly key: string;
  readonly kind: TransferKind;
  readonly topicId: number;
  readonly from: string;
  readonly to: string;
  readonly amountUallo: bigint;
}

/** Of nothing there is no transfer: an inference may be free. */
function move(book: Book, { key, kind, topicId, ...between }: Move): void {
  if (between.amountUallo === 0n) return;
  const postings = balanceTransfer(between);
  post(book, { key, kind, ...(topicId === 0 ? {} : { topicId }), postings });
}

function refuseParts(parts: number): RefusedCommand | undefined {
  const isFit = Number.isInteger(parts) && parts >= 1 && parts <= PURCHASE_PARTS_MAX;
  return isFit ? undefined : notAllowed(`a purchase is of 1 to ${PURCHASE_PARTS_MAX} epochs`);
}

function refuseFee(book: Book, topicId: number, feeUallo: bigint): RefusedCommand | undefined {
  if (feeUallo < 0n) return notAllowed('the fee is below zero');
  const minFeeUallo = topicOf(book, topicId).minInferenceFeeUallo;
  return feeUallo < minFeeUallo
    ? refused({ code: 'FEE_BELOW_MINIMUM', topicId, feeUallo, minFeeUallo })
    : undefined;
}

function refuseUsed(book: Book, account: string, requestId: string): RefusedCommand | undefined {
  if (!book.holds.get(holdKey(account, requestId))) return undefined;
  return refused({ code: 'NO_HOLD', account, requestId, detail: 'the request has ended' });
}
