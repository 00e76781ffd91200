import { createHash } from 'node:crypto';
import { RefusalError } from '@allora/contracts/errors';
import {
  InferencePurchase,
  PurchasesService,
  PurchaseState,
} from '@allora/contracts/gen/allora/gateway/v1/purchases';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { z } from 'zod';
import type { ServiceSlot } from './cluster';
import type { PurchaseAnswer, PurchaseParcel } from './purchase-parcel';

/** One way into one gateway. It always answers: an answer that did not come is one of its answers. */
export interface PurchaseDoor {
  submit(parcel: PurchaseParcel): Promise<PurchaseAnswer>;
  close(): void;
}

/** A gateway asks the ledger for so long, and more than once. */
const ATTEMPT_MS = 12_000;
const WAIT_MS = 4_000;

const hexBytes = z.string().transform((text) => new Uint8Array(Buffer.from(text, 'hex')));
const uallo = z.string().transform(BigInt);
const answerShape = z.object({
  state: z.string(),
  receipt: z.object({ chargedUallo: uallo, refundedUallo: uallo }),
  inferences: z.array(z.object({ payload: hexBytes, signature: hexBytes, chargedUallo: uallo })),
});

const lost = (error: unknown): PurchaseAnswer => ({
  kind: 'lost',
  reason: error instanceof Error ? error.message || error.name : String(error),
});
const digestOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const openPurchaseRest = (slot: ServiceSlot): PurchaseDoor => ({
  submit: async ({ json }) => {
    try {
      const response = await fetch(`${slot.httpUrl}/v1/inference-requests?waitMs=${WAIT_MS}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(json),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      const text = await response.text();
      const answer = JSON.parse(text) as { code?: string; detail?: string };
      if (response.status === 202) return { kind: 'open' };
      if (!response.ok)
        return {
          kind: 'refused',
          code: answer.code ?? `HTTP_${response.status}`,
          detail: answer.detail ?? '',
        };
      const { state, receipt, inferences } = answerShape.parse(answer);
      return { kind: 'ended', form: 'rest', digest: digestOf(text), end: { state, ...receipt, inferences } };
    } catch (error) {
      return lost(error);
    }
  },
  close: () => undefined,
});

const ends: ReadonlyMap<PurchaseState, string> = new Map([
  [PurchaseState.FULFILLED, 'fulfilled'],
  [PurchaseState.REFUNDED, 'refunded'],
]);

export function openPurchaseGrpc(slot: ServiceSlot): PurchaseDoor {
  const channel = openGrpcChannel(PurchasesService, () => slot.grpcAddress);
  return {
    submit: async ({ signed }) => {
      try {
        const options = { deadlineMs: ATTEMPT_MS, retry: false };
        const { purchase } = await channel.client.requestInference({ signed, waitMs: WAIT_MS }, options);
        return purchase ? fromMessage(purchase) : { kind: 'lost', reason: 'an answer without a purchase' };
      } catch (error) {
        // A status of the client's own making says that no answer came.
        if (!(error instanceof RefusalError) || 'grpcStatus' in error.facts) return lost(error);
        return { kind: 'refused', code: error.code, detail: error.message };
      }
    },
    close: () => channel.close(),
  };
}

function fromMessage(purchase: InferencePurchase): PurchaseAnswer {
  const state = ends.get(purchase.state);
  if (!state) return { kind: 'open' };
  const inferences = purchase.inferences.map(({ signed, chargedUallo }) => ({
    payload: signed?.payload ?? new Uint8Array(),
    signature: signed?.signature ?? new Uint8Array(),
    chargedUallo: BigInt(chargedUallo),
  }));
  const chargedUallo = BigInt(purchase.receipt?.chargedUallo ?? 0);
  const refundedUallo = BigInt(purchase.receipt?.refundedUallo ?? 0);
  const digest = digestOf(InferencePurchase.encode(purchase).finish());
  return { kind: 'ended', form: 'grpc', digest, end: { state, chargedUallo, refundedUallo, inferences } };
}
