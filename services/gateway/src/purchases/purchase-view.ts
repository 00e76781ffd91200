import {
  type InferencePurchase,
  PurchaseState as State,
  type SignedInference,
} from '@allora/contracts/gen/allora/gateway/v1/purchases';
import type { InferenceRequest } from '@allora/contracts/gen/allora/signing/v1/signing';
import { heldNowUallo, type PurchaseState } from '@allora/protocol/purchase/purchase';
import { hexOf } from '@allora/identity/hex';
import { type Delivery, kindOf, type PurchaseRecord } from './purchase-record';

const states: Readonly<Record<PurchaseState, State>> = {
  received: State.RECEIVED,
  held: State.HELD,
  delivering: State.DELIVERING,
  closing: State.CLOSING,
  fulfilled: State.FULFILLED,
  refunded: State.REFUNDED,
  refused: State.REFUSED,
};

export function purchaseMessage(record: PurchaseRecord, deliveries: readonly Delivery[]): InferencePurchase {
  const { purchase } = record;
  return {
    ...{ id: record.id, request: record.request, state: states[purchase.state] },
    receivedAtMs: record.receivedAtMs,
    deadlineHeight: purchase.deadlineHeight,
    deadlineAtMs: purchase.deadlineAtMs,
    inferences: deliveries.map(({ inference }) => inference),
    receipt: {
      feeUallo: purchase.feeUallo.toString(),
      chargedUallo: purchase.chargedUallo.toString(),
      refundedUallo: purchase.refundedUallo.toString(),
      heldUallo: heldNowUallo(purchase).toString(),
      holdLedgerKey: record.holdKey,
      refundLedgerKey: record.refundKey,
    },
    reason: purchase.reason ?? undefined,
  };
}

/** The same as JSON: bytes in hex, states by their names. */
export const purchaseJson = (record: PurchaseRecord, deliveries: readonly Delivery[]) => ({
  ...purchaseMessage(record, deliveries),
  state: record.purchase.state,
  request: requestJson(record.request),
  deadlineHeight: record.purchase.deadlineHeight || null,
  inferences: deliveries.map(({ inference }) => inferenceJson(inference)),
  reason: record.purchase.reason,
});

const requestJson = (request: InferenceRequest) => ({
  ...request,
  purchase: {
    kind: kindOf(request),
    ...(request.purchase?.$case === 'subscription' ? { epochs: request.purchase.value.epochs } : {}),
  },
});

function inferenceJson({ statement, signed, ...inference }: SignedInference) {
  if (!statement || !signed) throw new Error('an inference is kept without its signature');
  return {
    statement: { ...statement, requestHash: hexOf(statement.requestHash) },
    payload: hexOf(signed.payload),
    publicKey: hexOf(signed.publicKey),
    signature: hexOf(signed.signature),
    ...inference,
  };
}
