import type { LedgerTransfer } from './epoch-state';
import { endOf, type PurchaseEnd, type PurchaseParcel } from './purchase-parcel';
import type { Violation } from './violation';

export interface PurchasesState {
  readonly parcels: readonly PurchaseParcel[];
  readonly transfers: readonly LedgerTransfer[];
  readonly balances: ReadonlyMap<string, bigint>;
  /** What each buyer had before. */
  readonly fundsUallo: ReadonlyMap<string, bigint>;
  /** Of the request that a signed statement answers, when the network has signed it; undefined else. */
  readonly verified: (
    inference: PurchaseEnd['inferences'][number],
  ) => { readonly requestHash: string } | undefined;
}

const KINDS: ReadonlySet<string> = new Set(['inference-hold', 'inference-fee', 'inference-refund']);
const HOLDS = 'inference-holds';

/** Every purchase was charged once, has ended, and was answered the same by whomever; all that was held went somewhere. */
export function checkPurchases(state: PurchasesState): Violation[] {
  const moved = new Map<string, LedgerTransfer>();
  for (const transfer of state.transfers) if (KINDS.has(transfer.kind)) moved.set(transfer.key, transfer);
  const violations = state.parcels.flatMap((parcel) => checkOne(parcel, state, moved));
  for (const key of moved.keys())
    violations.push({ rule: 'CHARGED_UNASKED', about: key, detail: 'no purchase accounts for it' });
  const held = state.balances.get(HOLDS) ?? 0n;
  if (held !== 0n)
    violations.push({ rule: 'STILL_HELD', about: HOLDS, detail: `${held} uallo are held for nobody` });
  return [...violations, ...checkBuyers(state)];
}

/** Takes what it accounts for out of `moved`. */
function checkOne(
  parcel: PurchaseParcel,
  { verified }: PurchasesState,
  moved: Map<string, LedgerTransfer>,
): Violation[] {
  const name = `${parcel.account}:${parcel.requestId}`;
  const fail = (rule: string, detail: string): Violation => ({ rule, about: parcel.id, detail });
  const taken = take(moved, `inference-hold:${name}`);
  const parts = Array.from({ length: parcel.parts }, (_, i) => take(moved, `inference-fee:${name}:${i + 1}`));
  const charged = parts.reduce((sum, amount) => sum + amount, 0n);
  const refunded = take(moved, `inference-refund:${name}`);
  const violations: Violation[] = [];
  if (taken !== parcel.feeUallo)
    violations.push(fail('NOT_CHARGED_ONCE', `${taken} uallo were taken of ${parcel.feeUallo}`));
  if (charged + refunded !== taken)
    violations.push(fail('LOST_FEE', `of ${taken}, ${charged} were charged and ${refunded} given back`));
  const refusal = parcel.answers.find(
    (answer) => answer.kind === 'refused' && answer.code === 'CONFLICTING_REPEAT',
  );
  if (refusal) violations.push(fail('REFUSED_WRONGLY', 'its repeat is said to be another purchase'));
  const end = endOf(parcel);
  if (!end) return [...violations, fail('NOT_ENDED', `its last answer is ${lastOf(parcel)}`)];
  for (const form of ['rest', 'grpc'] as const) {
    const digests = parcel.answers.flatMap((one) =>
      one.kind === 'ended' && one.form === form ? [one.digest] : [],
    );
    if (new Set(digests).size > 1)
      violations.push(fail('ANSWER_CHANGED', `${form} tells different ends of it`));
  }
  if (end.chargedUallo !== charged || end.refundedUallo !== refunded)
    violations.push(
      fail('RECEIPT_DIFFERS', `tells ${end.chargedUallo} charged and ${end.refundedUallo} given back`),
    );
  const delivered = end.inferences.length;
  const fits =
    end.state === 'fulfilled'
      ? delivered === parcel.parts
      : end.state === 'refunded' && delivered < parcel.parts;
  if (!fits)
    violations.push(fail('END_UNFIT', `${end.state} with ${delivered} of ${parcel.parts} inferences`));
  end.inferences.forEach((inference, i) => {
    if (verified(inference)?.requestHash !== parcel.id)
      violations.push(fail('BAD_STATEMENT', `inference ${i + 1} is not signed for it`));
    if (inference.chargedUallo !== parts[i])
      violations.push(
        fail('RECEIPT_DIFFERS', `inference ${i + 1} is said to cost ${inference.chargedUallo}`),
      );
  });
  return violations;
}

/** What a transfer moved into or out of the holds. */
function take(moved: Map<string, LedgerTransfer>, key: string): bigint {
  const transfer = moved.get(key);
  moved.delete(key);
  const amounts = (transfer?.lines ?? [])
    .filter(({ account }) => account === HOLDS)
    .map(({ amountUallo }) => (amountUallo < 0n ? -amountUallo : amountUallo));
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function checkBuyers({ parcels, balances, fundsUallo }: PurchasesState): Violation[] {
  const spent = new Map<string, bigint>();
  for (const parcel of parcels)
    spent.set(parcel.account, (spent.get(parcel.account) ?? 0n) + (endOf(parcel)?.chargedUallo ?? 0n));
  return [...fundsUallo].flatMap(([account, funds]) => {
    const due = funds - (spent.get(account) ?? 0n);
    const balance = balances.get(`participant:${account}`) ?? 0n;
    if (balance === due) return [];
    return [{ rule: 'BALANCE_DIFFERS', about: account, detail: `holds ${balance}, and should hold ${due}` }];
  });
}

function lastOf({ answers }: PurchaseParcel): string {
  const last = answers.at(-1);
  return JSON.stringify(last ?? 'none', (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
