import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceRequest } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import { z } from 'zod';
import { read } from './decode';
import { uallo } from './decode-economy';
import { timedOut } from './errors';
import type { Link } from './link';
import type { PriceGuide, PurchaseKind, PurchaseRequest, PurchaseState } from './purchase-types';

/** Inferences for what their buyer wants to pay. */
export interface Purchases {
  /**
   * Buys once, however often the same request id is sent with the same fields. The latest inference is in the answer; of the other
   * kinds it tells that the fee is held, and `awaitPurchase` waits for the rest.
   */
  buyInference(account: Account, request: PurchaseRequest): Promise<PurchaseState>;
  purchase(id: string, options?: { readonly afterPart?: number }): Promise<PurchaseState>;
  /** Waits until it has ended, or with `afterPart` until there is an inference of a later part; TIMED_OUT after `timeoutMs`. */
  awaitPurchase(
    id: string,
    options?: { readonly timeoutMs?: number; readonly afterPart?: number },
  ): Promise<PurchaseState>;
  /** What fees buy of the topic, as of now. */
  priceGuide(topicId: number, feeUallo?: bigint): Promise<PriceGuide>;
}

const DEFAULT_WAIT_MS = 60_000;
/** One held request; proxies tend to cut at 30 s or 60 s. */
const LONG_POLL_MS = 20_000;
const POLL_PAUSE_MS = 20;
const endedStates: ReadonlySet<string> = new Set(['fulfilled', 'refunded', 'refused']);

export function purchases({ urls, http, get, command }: Link): Purchases {
  const base = `${urls.gateway}/v1/inference-requests`;
  const look = async (id: string, afterPart: number, waitMs: number): Promise<PurchaseState> => {
    const url = `${base}/${id}?afterPart=${afterPart}&waitMs=${Math.ceil(waitMs)}`;
    return read(purchaseShape, await get(url, waitMs + http.timeoutMs));
  };
  return {
    buyInference: async (account, { requestId = randomUUID(), purchase, ...request }) => {
      const { topicId, maxWaitBlocks = 0 } = request;
      const feeUallo = String(request.feeUallo);
      const fields = { account: account.address, requestId, topicId, feeUallo, maxWaitBlocks };
      const value = { ...fields, purchase: signedKind(purchase) };
      const body = { $case: 'inferenceRequest', value } as const;
      return read(purchaseShape, await command(account, base, body, { ...fields, purchase }));
    },
    purchase: (id, { afterPart = 0 } = {}) => look(id, afterPart, 0),
    awaitPurchase: async (id, { timeoutMs = DEFAULT_WAIT_MS, afterPart } = {}) => {
      const deadlineMs = Date.now() + timeoutMs;
      for (;;) {
        const leftMs = deadlineMs - Date.now();
        if (leftMs <= 0) throw timedOut('waiting for the purchase', timeoutMs);
        const present = await look(id, afterPart ?? 0, Math.min(leftMs, LONG_POLL_MS));
        const hasNews = afterPart !== undefined && present.inferences.length > 0;
        if (hasNews || endedStates.has(present.state)) return present;
        await sleep(POLL_PAUSE_MS);
      }
    },
    priceGuide: async (topicId, feeUallo) => {
      const query = feeUallo === undefined ? '' : `?feeUallo=${feeUallo}`;
      return read(guideShape, await get(`${urls.rewards}/v1/topics/${topicId}/price-guide${query}`));
    },
  };
}

function signedKind(purchase: PurchaseKind): InferenceRequest['purchase'] {
  if (purchase.kind === 'subscription') return { $case: 'subscription', value: { epochs: purchase.epochs } };
  return { $case: purchase.kind === 'latest' ? 'latest' : 'nextEpoch', value: {} };
}

const purchaseShape: z.ZodType<PurchaseState> = z.object({
  id: z.string(),
  state: z.enum(['received', 'held', 'delivering', 'closing', 'fulfilled', 'refunded', 'refused']),
  inferences: z.array(
    z.object({
      statement: z.looseObject({
        topicId: z.number(),
        nonce: z.number(),
        value: z.string(),
        part: z.number(),
      }),
      payload: z.string(),
      publicKey: z.string(),
      signature: z.string(),
      chargedUallo: uallo,
      ledgerKey: z.string(),
      evm: z.array(z.record(z.string(), z.unknown())),
    }),
  ),
  receipt: z.object({
    feeUallo: uallo,
    chargedUallo: uallo,
    refundedUallo: uallo,
    heldUallo: uallo,
    holdLedgerKey: z.string(),
    refundLedgerKey: z.string(),
  }),
  reason: z.object({ code: z.string(), detail: z.string() }).nullable(),
});

const pricedShape = z.object({
  feeUallo: uallo,
  weight: z.number(),
  share: z.number(),
  epochEmissionUallo: z.number(),
  active: z.boolean(),
});

const guideShape: z.ZodType<PriceGuide> = z.object({
  topicId: z.number(),
  minFeeUallo: uallo,
  minWeight: z.number(),
  now: pricedShape,
  activatingFeeUallo: uallo.nullable(),
  fees: z.array(pricedShape),
});
