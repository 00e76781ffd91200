import { accountFromKey } from '@allora/identity/account';
import { describe, expect, it } from 'vitest';
import { checkPurchases, type PurchasesState } from './check-purchases';
import type { LedgerTransfer } from './epoch-state';
import { type PurchaseAnswer, type PurchaseParcel, writePurchase } from './purchase-parcel';

const buyer = accountFromKey(new Uint8Array(32).fill(7));
const name = `${buyer.address}:p`;
const bytes = new Uint8Array([1]);

const parcelOf = (answers: readonly PurchaseAnswer[], epochs = 2): PurchaseParcel => {
  const purchase = { $case: 'subscription', value: { epochs } } as const;
  const request = { requestId: 'p', topicId: 1, feeUallo: '100', purchase, maxWaitBlocks: 0 };
  return { ...writePurchase(buyer, request, { chainId: 'x', times: 1 }), answers: [...answers] };
};

const ended = (change: object = {}, digest = 'd'): PurchaseAnswer => ({
  ...{ kind: 'ended', form: 'rest', digest },
  end: {
    ...{ state: 'refunded', chargedUallo: 50n, refundedUallo: 50n },
    inferences: [{ payload: bytes, signature: bytes, chargedUallo: 50n }],
    ...change,
  },
});

const transfer = (kind: string, part: string, amountUallo: bigint): LedgerTransfer => ({
  ...{ key: `${kind}:${name}${part}`, kind },
  lines: [
    { account: 'inference-holds', amountUallo },
    { account: 'elsewhere', amountUallo: -amountUallo },
  ],
});
const hold = transfer('inference-hold', '', 100n);
const fee = transfer('inference-fee', ':1', -50n);
const refund = transfer('inference-refund', '', -50n);

const stateOf = (change: Partial<PurchasesState> = {}): PurchasesState => ({
  parcels: [parcelOf([ended()])],
  transfers: [hold, fee, refund],
  balances: new Map([[`participant:${buyer.address}`, 950n]]),
  fundsUallo: new Map([[buyer.address, 1_000n]]),
  verified: () => ({ requestHash: parcelOf([]).id }),
  ...change,
});

const rulesOf = (state: PurchasesState) => [...new Set(checkPurchases(state).map(({ rule }) => rule))];

describe('what is checked of purchases', () => {
  it('is all right where every fee went somewhere, once', () => {
    expect(checkPurchases(stateOf())).toEqual([]);
    expect(checkPurchases(stateOf({ parcels: [parcelOf([{ kind: 'open' }, ended(), ended()])] }))).toEqual(
      [],
    );
  });

  it.each<[string, Partial<PurchasesState>]>([
    ['NOT_CHARGED_ONCE', { transfers: [fee, refund] }],
    ['LOST_FEE', { transfers: [hold, fee] }],
    ['CHARGED_UNASKED', { transfers: [hold, fee, refund, transfer('inference-fee', ':9', -1n)] }],
    ['STILL_HELD', { balances: new Map([['inference-holds', 1n]]) }],
    ['BALANCE_DIFFERS', { balances: new Map([[`participant:${buyer.address}`, 949n]]) }],
    ['NOT_ENDED', { parcels: [parcelOf([{ kind: 'open' }])] }],
    ['ANSWER_CHANGED', { parcels: [parcelOf([ended(), ended({}, 'other')])] }],
    ['RECEIPT_DIFFERS', { parcels: [parcelOf([ended({ chargedUallo: 51n })])] }],
    ['END_UNFIT', { parcels: [parcelOf([ended({ state: 'fulfilled' })])] }],
    ['BAD_STATEMENT', { verified: () => undefined }],
    [
      'REFUSED_WRONGLY',
      { parcels: [parcelOf([ended(), { kind: 'refused', code: 'CONFLICTING_REPEAT', detail: '' }])] },
    ],
  ])('finds %s', (rule, change) => {
    expect(rulesOf(stateOf(change))).toContain(rule);
  });
});
