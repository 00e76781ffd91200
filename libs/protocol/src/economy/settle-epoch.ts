import type { Posting } from '../ledger/posting';
import {
  delegatorRewardsAccount,
  DUST,
  EPOCH_REWARDS,
  participantAccount,
  REWARDS_POOL,
  stakeAccount,
  TREASURY,
} from './accounts';
import { emissionKey, type Book } from './book';
import { withholdOwed } from './data-fees';
import { payDelegators, startSegments } from './delegation';
import { postNonZero } from './post';
import { countStake } from './stake';
import { changeTopic, topicOf } from './topic-life';

export interface EpochPayment {
  readonly role: 'inferer' | 'forecaster' | 'reputer';
  readonly participant: string;
  /** Its own part. */
  readonly amountUallo: bigint;
  /** What its delegators share beside it; 0 for workers. */
  readonly delegatorsUallo: bigint;
  /** Delegated to it as the epoch's snapshot has it. */
  readonly delegatedUallo: bigint;
}

export interface EpochSettlement {
  readonly topicId: number;
  readonly nonce: number;
  readonly payments: readonly EpochPayment[];
  /** What the truncation of payments leaves. */
  readonly dustUallo: bigint;
  /** W of section 9, in whole uallo. */
  readonly reputersTaskUallo: bigint;
}

export interface SettledAmounts {
  /** What had been set aside for the epoch. */
  readonly emissionUallo: bigint;
  /** To participants, their stakes and their delegators, what was withheld included. */
  readonly paidUallo: bigint;
  /** Of that, into the treasury for fees owed. */
  readonly withheldUallo: bigint;
  /** Back into the rewards pool. */
  readonly returnedUallo: bigint;
}

/** Moves what was set aside for an epoch to those who earned it, all of it in one transfer. */
export function settleEpoch(book: Book, epoch: EpochSettlement, key: string): SettledAmounts {
  const { topicId, nonce, payments, dustUallo } = epoch;
  const { paidNonce } = topicOf(book, topicId);
  if (nonce <= paidNonce) throw new Error(`epoch ${topicId}:${nonce} is paid already`);
  const emission = book.emissions.get(emissionKey(topicId, nonce));
  if (!emission) throw new Error(`nothing was set aside for epoch ${topicId}:${nonce}, not even 0`);
  const emissionUallo = emission.amountUallo;
  const paidUallo = payments.reduce((sum, p) => sum + p.amountUallo + p.delegatorsUallo, 0n);
  const returnedUallo = emissionUallo - paidUallo - dustUallo;
  if (returnedUallo < 0n || dustUallo < 0n) {
    throw new Error(`epoch ${topicId}:${nonce} pays ${paidUallo} + ${dustUallo} of ${emissionUallo} uallo`);
  }
  startSegments(book, topicId, nonce - 1);
  const { postings, withheldUallo } = payAll(book, epoch);
  postNonZero(book, {
    key,
    kind: 'epoch-rewards',
    topicId,
    nonce,
    postings: [
      { account: EPOCH_REWARDS, amountUallo: -emissionUallo },
      ...postings,
      { account: TREASURY, amountUallo: withheldUallo },
      { account: DUST, amountUallo: dustUallo },
      { account: REWARDS_POOL, amountUallo: returnedUallo },
    ],
  });
  changeTopic(book, topicId, { paidNonce: nonce });
  countMonth(book, paidUallo + dustUallo, epoch.reputersTaskUallo);
  return { emissionUallo, paidUallo, withheldUallo, returnedUallo };
}

/** The stake of a topic as it is now is what the epoch of this nonce is weighed by; what changes later is not. */
export function takeSnapshot(book: Book, topicId: number, nonce: number): void {
  if (nonce > topicOf(book, topicId).takenNonce) changeTopic(book, topicId, { takenNonce: nonce });
}

/** A worker's reward is its own; a reputer's is added to its stake; its delegators' waits to be claimed. */
function payAll(book: Book, { topicId, nonce, payments }: EpochSettlement) {
  const postings: Posting[] = [];
  let withheldUallo = 0n;
  for (const payment of payments) {
    const { role, participant, amountUallo, delegatorsUallo, delegatedUallo } = payment;
    if (amountUallo < 0n || delegatorsUallo < 0n) throw new Error(`${participant} is paid less than nothing`);
    const withheld = withholdOwed(book, { topicId, nonce }, participant, amountUallo);
    const ownUallo = amountUallo - withheld;
    withheldUallo += withheld;
    if (role === 'reputer') {
      postings.push({ account: stakeAccount(topicId, participant), amountUallo: ownUallo });
      countStake(book, topicId, ownUallo);
    } else postings.push({ account: participantAccount(participant), amountUallo: ownUallo });
    if (delegatorsUallo === 0n) continue;
    const account = delegatorRewardsAccount(topicId, participant);
    postings.push({ account, amountUallo: delegatorsUallo });
    payDelegators(book, {
      topicId,
      reputer: participant,
      nonce,
      amountUallo: delegatorsUallo,
      delegatedUallo,
    });
  }
  return { postings, withheldUallo };
}

/** Sums that rho of the next month is taken from. */
function countMonth(book: Book, movedUallo: bigint, reputersTaskUallo: bigint): void {
  const { network } = book;
  // Where a role had nobody to pay, its part went back and the reputers' may not pass for more than all.
  const reputersUallo = reputersTaskUallo < movedUallo ? reputersTaskUallo : movedUallo;
  book.network = {
    ...network,
    monthRewardsUallo: network.monthRewardsUallo + movedUallo,
    monthReputersUallo: network.monthReputersUallo + reputersUallo,
  };
}
