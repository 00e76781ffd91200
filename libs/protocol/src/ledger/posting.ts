/** One line of a double entry: positive credits the account, negative debits it. */
export interface Posting {
  readonly account: string;
  readonly amountUallo: bigint;
}

/** Balances by account; an account not listed has 0. */
export type Balances = ReadonlyMap<string, bigint>;

export type PostingRefusal =
  | { readonly code: 'NO_POSTINGS' }
  | { readonly code: 'INVALID_ACCOUNT'; readonly account: string }
  | { readonly code: 'ZERO_POSTING'; readonly account: string }
  | { readonly code: 'UNBALANCED'; readonly sumUallo: bigint }
  | {
      readonly code: 'INSUFFICIENT_BALANCE';
      readonly account: string;
      readonly balanceUallo: bigint;
      readonly neededUallo: bigint;
    };

export type PostingCode = PostingRefusal['code'];
export type Refused = { readonly accepted: false } & PostingRefusal;
export type PostingVerdict = { readonly accepted: true } | Refused;

/** Segments of letters, digits and . _ - joined by ":", such as `stake:topic-1:allo1xyz`. */
const ACCOUNT = /^[a-z0-9][A-Za-z0-9._-]*(:[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const ACCOUNT_LENGTH_MAX = 200;

export function isAccountName(account: string): boolean {
  return account.length <= ACCOUNT_LENGTH_MAX && ACCOUNT.test(account);
}

/** The two postings that move an amount from one account to another. */
export function balanceTransfer(options: {
  readonly from: string;
  readonly to: string;
  readonly amountUallo: bigint;
}): Posting[] {
  return [
    { account: options.from, amountUallo: -options.amountUallo },
    { account: options.to, amountUallo: options.amountUallo },
  ];
}

/** Whether postings form a transfer: at least one, valid accounts, no zero amounts, and a sum of exactly 0. */
export function verdict(postings: readonly Posting[]): PostingVerdict {
  if (postings.length === 0) return { accepted: false, code: 'NO_POSTINGS' };
  let sumUallo = 0n;
  for (const { account, amountUallo } of postings) {
    if (!isAccountName(account)) return { accepted: false, code: 'INVALID_ACCOUNT', account };
    if (amountUallo === 0n) return { accepted: false, code: 'ZERO_POSTING', account };
    sumUallo += amountUallo;
  }
  return sumUallo === 0n ? { accepted: true } : { accepted: false, code: 'UNBALANCED', sumUallo };
}

/** Net change of each account, in order of first mention. */
export function netChanges(postings: readonly Posting[]): Map<string, bigint> {
  const changes = new Map<string, bigint>();
  for (const { account, amountUallo } of postings) {
    changes.set(account, (changes.get(account) ?? 0n) + amountUallo);
  }
  return changes;
}

/**
 * Applies a transfer whole or not at all. `changed` holds the new balances of the accounts it touches. A debited
 * account must not end below 0 unless `mayBeNegative` (the account that stands for tokens minted).
 */
export function applyPostings(
  balances: Balances,
  postings: readonly Posting[],
  mayBeNegative: (account: string) => boolean = () => false,
): { readonly accepted: true; readonly changed: Balances } | Refused {
  const judged = verdict(postings);
  if (!judged.accepted) return judged;
  const changed = new Map<string, bigint>();
  for (const [account, change] of netChanges(postings)) {
    const balanceUallo = balances.get(account) ?? 0n;
    const next = balanceUallo + change;
    if (next < 0n && change < 0n && !mayBeNegative(account)) {
      return { accepted: false, code: 'INSUFFICIENT_BALANCE', account, balanceUallo, neededUallo: -change };
    }
    changed.set(account, next);
  }
  return { accepted: true, changed };
}
