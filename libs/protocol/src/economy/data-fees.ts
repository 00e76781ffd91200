import type { Posting } from '../ledger/posting';
import { participantAccount, TREASURY } from './accounts';
import { owedKey, type Book, type EconomyRules } from './book';
import { balanceOf, postNonZero } from './post';
import { recordEpochFee } from './topic-life';

export interface DataFees {
  readonly topicId: number;
  readonly nonce: number;
  /** Of the first epoch at whose end they count as revenue. */
  readonly countNonce: number;
  /** Authors of the submissions that were taken; each pays for one. */
  readonly submitters: readonly string[];
}

export interface ChargedFees {
  readonly paidUallo: bigint;
  /** What the submitters could not pay now. */
  readonly owedUallo: bigint;
}

/** Charges each submitter the fee for its submission: who holds less pays what it holds and owes the rest. */
export function chargeDataFees(book: Book, rules: EconomyRules, fees: DataFees, key: string): ChargedFees {
  const { topicId, nonce, countNonce, submitters } = fees;
  const left = new Map<string, bigint>();
  const postings: Posting[] = [];
  let paidUallo = 0n;
  for (const address of submitters) {
    const account = participantAccount(address);
    const balance = left.get(account) ?? balanceOf(book, account);
    const feeUallo = balance < rules.dataFeeUallo ? balance : rules.dataFeeUallo;
    left.set(account, balance - feeUallo);
    postings.push({ account, amountUallo: -feeUallo });
    owe(book, topicId, address, rules.dataFeeUallo - feeUallo);
    paidUallo += feeUallo;
  }
  postings.push({ account: TREASURY, amountUallo: paidUallo });
  postNonZero(book, { key, kind: 'data-fee', topicId, nonce, postings });
  recordEpochFee(book, topicId, countNonce, paidUallo);
  return { paidUallo, owedUallo: rules.dataFeeUallo * BigInt(submitters.length) - paidUallo };
}

function owe(book: Book, topicId: number, address: string, amountUallo: bigint): void {
  if (amountUallo === 0n) return;
  const key = owedKey(topicId, address);
  book.owed.set(key, (book.owed.get(key) ?? 0n) + amountUallo);
}

/**
 * What of an epoch's reward goes to the treasury for fees that its receiver owes in the topic; they count as revenue from the
 * end of the next epoch on. The caller posts it.
 */
export function withholdOwed(
  book: Book,
  { topicId, nonce }: { readonly topicId: number; readonly nonce: number },
  address: string,
  rewardUallo: bigint,
): bigint {
  const key = owedKey(topicId, address);
  const owedUallo = book.owed.get(key) ?? 0n;
  const withheldUallo = owedUallo < rewardUallo ? owedUallo : rewardUallo;
  if (withheldUallo <= 0n) return 0n;
  if (withheldUallo === owedUallo) book.owed.delete(key);
  else book.owed.set(key, owedUallo - withheldUallo);
  recordEpochFee(book, topicId, nonce + 1, withheldUallo);
  return withheldUallo;
}
