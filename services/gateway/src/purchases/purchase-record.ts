import type { SignedInference } from '@allora/contracts/gen/allora/gateway/v1/purchases';
import {
  InferenceRequest,
  SignedMessage,
  SignedPayload,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Purchase, PurchaseState } from '@allora/protocol/purchase/purchase';
import type { InferencePurchase as PurchaseRow } from '@allora/store/gen/prisma/client';

/** A purchase as it is kept. */
export interface PurchaseRecord {
  /** SHA-256 of the signed payload, lower-case hex. */
  readonly id: string;
  readonly request: InferenceRequest;
  readonly signed: SignedMessage;
  readonly version: number;
  readonly purchase: Purchase;
  readonly holdKey: string;
  readonly refundKey: string;
  readonly receivedAtMs: number;
}

export interface Delivery {
  readonly part: number;
  readonly nonce: number;
  /** What was charged is filled in when it is. */
  readonly inference: SignedInference;
}

export function kindOf({ purchase }: InferenceRequest): Purchase['kind'] {
  if (purchase?.$case === 'latest') return 'latest';
  return purchase?.$case === 'subscription' ? 'subscription' : 'next-epoch';
}

export const partsOf = ({ purchase }: InferenceRequest): number =>
  purchase?.$case === 'subscription' ? purchase.value.epochs : 1;

/** Decimals of the database as whole numbers of uallo. */
export const ualloOf = (decimal: { toFixed(places: number): string }): bigint => BigInt(decimal.toFixed(0));

export function recordOf(row: PurchaseRow): PurchaseRecord {
  const signed = SignedMessage.decode(row.signed);
  const { body } = SignedPayload.decode(signed.payload);
  if (body?.$case !== 'inferenceRequest') throw new Error(`purchase ${row.id} is kept with a ${body?.$case}`);
  const { reasonCode: code, reasonDetail: detail } = row;
  return {
    ...{ id: row.id, request: body.value, signed, version: row.version },
    ...{ holdKey: row.holdKey, refundKey: row.refundKey, receivedAtMs: Number(row.receivedAtMs) },
    purchase: {
      kind: kindOf(body.value),
      state: row.state as PurchaseState,
      feeUallo: ualloOf(row.feeUallo),
      parts: row.parts,
      deliveredParts: row.deliveredParts,
      chargedUallo: ualloOf(row.chargedUallo),
      refundedUallo: ualloOf(row.refundedUallo),
      afterNonce: Number(row.afterNonce),
      maxWaitBlocks: Number(row.maxWaitBlocks),
      deadlineHeight: Number(row.deadlineHeight),
      deadlineAtMs: Number(row.deadlineAtMs),
      reason: code === null ? null : { code, detail: detail ?? '' },
    },
  };
}
