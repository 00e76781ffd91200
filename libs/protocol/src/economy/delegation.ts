import { delegationKey, indexKey, poolKey, type Book, type Delegation, type DelegationPool } from './book';
import { earnedUallo, shareOut } from './shares';
import { topicOf } from './topic-life';

/** Stake of a holder on a reputer in a topic: the reputer's own where it is the holder. */
export interface Holding {
  readonly topicId: number;
  readonly reputer: string;
  readonly holder: string;
}

const UNPAID: DelegationPool = { index: 0n, carry: 0n };

export const poolOf = (book: Book, topicId: number, reputer: string): DelegationPool =>
  book.pools.get(poolKey(topicId, reputer)) ?? UNPAID;

/** Adds up all that the segments have earned, each rounded down, and drops those that can earn no more. */
export function settleDelegation(delegation: Delegation, pool: DelegationPool): Delegation {
  const { segments } = delegation;
  let { accruedUallo, settledIndex } = delegation;
  let done = 0;
  for (const [i, { startIndex, sharesUallo }] of segments.entries()) {
    if (startIndex === undefined) break;
    const from = settledIndex > startIndex ? settledIndex : startIndex;
    const endIndex = segments[i + 1]?.startIndex;
    settledIndex = endIndex ?? pool.index;
    accruedUallo += earnedUallo(sharesUallo, from, settledIndex);
    if (endIndex === undefined) break;
    done = i + 1;
  }
  return { accruedUallo, settledIndex, segments: segments.slice(done) };
}

export const claimableUallo = (delegation: Delegation, pool: DelegationPool): bigint =>
  settleDelegation(delegation, pool).accruedUallo;

/** Delegates more (or less, below zero) from the next snapshot on; what snapshots already hold stays as it was. */
export function changeDelegation(
  book: Book,
  { topicId, reputer, holder }: Holding,
  changeUallo: bigint,
): void {
  const { takenNonce, paidNonce } = topicOf(book, topicId);
  const pool = poolOf(book, topicId, reputer);
  const key = delegationKey(topicId, reputer, holder);
  const stored = book.delegations.get(key) ?? { accruedUallo: 0n, settledIndex: pool.index, segments: [] };
  const delegation = settleDelegation(stored, pool);
  const last = delegation.segments.at(-1);
  const sharesUallo = (last?.sharesUallo ?? 0n) + changeUallo;
  if (sharesUallo < 0n) throw new Error(`delegation ${key} would hold ${sharesUallo} uallo`);
  // Where every snapshot is paid, all that the segments before could earn is settled.
  const startIndex = takenNonce <= paidNonce ? pool.index : undefined;
  const kept =
    startIndex === undefined ? delegation.segments.filter((segment) => segment.afterNonce < takenNonce) : [];
  const segments = [...kept, { afterNonce: takenNonce, sharesUallo, startIndex }];
  book.delegations.set(key, { ...delegation, segments });
}

/** A payment of an epoch to all delegators of a reputer, by what its snapshot says they delegated. */
export interface DelegatorsPayment {
  readonly topicId: number;
  readonly reputer: string;
  readonly nonce: number;
  readonly amountUallo: bigint;
  readonly delegatedUallo: bigint;
}

/** Shares the payment out; the money goes to the account of the pool with the transfer of the epoch. */
export function payDelegators(book: Book, payment: DelegatorsPayment): void {
  const { topicId, reputer, nonce } = payment;
  const pool = shareOut(poolOf(book, topicId, reputer), payment.amountUallo, payment.delegatedUallo);
  book.pools.set(poolKey(topicId, reputer), pool);
  book.indexes.set(indexKey(topicId, reputer, nonce), pool.index);
}

/** Before the next payment: segments of loaded delegations that waited for earlier nonces to be paid start here. */
export function startSegments(book: Book, topicId: number, paidNonce: number): void {
  for (const [key, delegation] of [...book.delegations.entries()]) {
    const [topic, reputer] = key.split(':');
    const waits = delegation.segments.some(
      ({ afterNonce, startIndex }) => startIndex === undefined && afterNonce <= paidNonce,
    );
    if (Number(topic) !== topicId || !waits) continue;
    const { index } = poolOf(book, topicId, reputer!);
    const segments = delegation.segments.map((segment) =>
      segment.startIndex === undefined && segment.afterNonce <= paidNonce
        ? { ...segment, startIndex: index }
        : segment,
    );
    book.delegations.set(key, { ...delegation, segments });
  }
}
