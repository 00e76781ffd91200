import { netChanges, verdict, type Posting } from '../ledger/posting';
import { MINT } from './accounts';
import type { Book, Transfer } from './book';

export const balanceOf = (book: Book, account: string): bigint => book.balances.get(account) ?? 0n;

/**
 * Posts a transfer whose money was seen to be there. Anything else is a fault of the caller and stops its whole piece of
 * work.
 */
export function post(book: Book, transfer: Transfer): void {
  const judged = verdict(transfer.postings);
  if (!judged.accepted) throw new Error(`transfer ${transfer.key} is refused: ${judged.code}`);
  const changes = [...netChanges(transfer.postings)].map(
    ([account, change]) => [account, balanceOf(book, account) + change, change] as const,
  );
  for (const [account, next, change] of changes) {
    if (next < 0n && change < 0n && account !== MINT) {
      throw new Error(`transfer ${transfer.key} would leave ${account} with ${next} uallo`);
    }
  }
  for (const [account, next] of changes) book.balances.set(account, next);
  book.transfers.push(transfer);
}

/** Posts what it is given unless nothing is left once the lines of 0 are dropped. */
export function postNonZero(book: Book, transfer: Transfer): void {
  const postings: Posting[] = transfer.postings.filter(({ amountUallo }) => amountUallo !== 0n);
  if (postings.length > 0) post(book, { ...transfer, postings });
}
