import { RefusalError, type ErrorCode, errorRules } from '@allora/contracts/errors';
import {
  type InferenceRequest,
  SignedPayload,
  type SignedMessage,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { messageHash, provesAuthor } from '@allora/identity/signature';
import { fittingWaitBlocks, isEnded, type Purchase } from '@allora/protocol/purchase/purchase';
import { Clock } from '@allora/service-kit/clock';
import { hexOf } from '@allora/identity/hex';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { EpochWaits } from '../epoch-waits';
import { KnownTopics } from '../known-topics';
import { purchaseCall, PurchaseDriver } from './purchase-driver';
import { PurchaseMetrics } from './purchase-metrics';
import { type Delivery, kindOf, partsOf, type PurchaseRecord } from './purchase-record';
import { PurchasesStore } from './purchases.store';

/** Most inferences in one answer. */
const INFERENCES_SHOWN = 100;
/** What a purchase waits for is mostly called for: looks are for calls that are lost. */
const FIRST_LOOK_MS = 100;

export interface ShownPurchase {
  readonly record: PurchaseRecord;
  readonly deliveries: readonly Delivery[];
}

/** Purchases as their buyers ask for them: shared by HTTP and gRPC. */
@Injectable()
export class Purchases {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly store: PurchasesStore,
    private readonly driver: PurchaseDriver,
    private readonly known: KnownTopics,
    private readonly waits: EpochWaits,
    private readonly metrics: PurchaseMetrics,
    private readonly clock: Clock,
  ) {}

  /** Bytes as they are signed for this network. */
  payloadOf(value: InferenceRequest): Uint8Array {
    const body = { $case: 'inferenceRequest', value } as const;
    return SignedPayload.encode({ chainId: this.config.chainId, body }).finish();
  }

  /** Buys, or answers what was bought by the same bytes before; waits for the end of it. */
  async buy(request: InferenceRequest, signed: SignedMessage, waitMs: number): Promise<ShownPurchase> {
    const { payload, publicKey, signature } = signed;
    if (!provesAuthor({ address: request.account, bytes: payload, publicKey, signature })) {
      throw new RefusalError(
        'BAD_SIGNATURE',
        `the signature is not ${request.account}'s for chain ${this.config.chainId}`,
      );
    }
    const id = hexOf(messageHash(payload));
    const standing = await this.standing(request, id);
    if (!standing) await this.begin(request, signed, id);
    else if (!isEnded(standing.purchase)) await this.driver.untilDriven(id);
    const shown = await this.read(id, {
      waitMs,
      afterPart: 0,
      isDone: ({ record }) => isEnded(record.purchase),
    });
    if (!shown) throw new Error(`purchase ${id} is gone`);
    const { state, reason } = shown.record.purchase;
    if (state === 'refused' && reason) throw refusalOf(reason);
    return shown;
  }

  /** Its charged inferences behind a part; waits for its end or for one of them. */
  async get(
    id: string,
    { waitMs, afterPart }: { waitMs: number; afterPart: number },
  ): Promise<ShownPurchase> {
    const isDone = ({ record, deliveries }: ShownPurchase) =>
      deliveries.length > 0 || isEnded(record.purchase);
    const shown = await this.read(id, { waitMs, afterPart, isDone });
    if (!shown) throw new RefusalError('UNKNOWN_REQUEST', `there is no inference request ${id}`, { id });
    return shown;
  }

  async list(account: string, limit: number, cursor: string | undefined) {
    const [atMs, id] = cursor?.split('-') ?? [];
    const before = id === undefined ? {} : { before: { atMs: Number(atMs), id } };
    const records = await this.store.ofAccount(account, { limit, ...before });
    const last = records.length === limit ? records.at(-1) : undefined;
    return { records, nextCursor: last ? `${last.receivedAtMs}-${last.id}` : null };
  }

  /** What stands under the request id; other bytes are refused. */
  private async standing({ account, requestId }: InferenceRequest, id: string) {
    const standing = await this.store.ofRequest(account, requestId);
    if (standing && standing.id !== id) {
      const detail = `another request of ${account} stands under the request id ${requestId}`;
      throw new RefusalError('CONFLICTING_REPEAT', detail, { account, requestId });
    }
    return standing;
  }

  private async begin(request: InferenceRequest, signed: SignedMessage, id: string): Promise<void> {
    const { topic, latestNonce } = await this.known.require(request.topicId);
    refuseNow(request, topic, latestNonce);
    const nowMs = this.clock.nowMs();
    const record: PurchaseRecord = {
      ...{ id, request, signed, version: 0, holdKey: '', refundKey: '', receivedAtMs: nowMs },
      purchase: this.purchaseOf(request, topic, latestNonce, nowMs),
    };
    const limits = {
      dueAtMs: nowMs + this.config.purchaseLeaseMs,
      maxOpen: this.config.maxOpenPurchases,
    };
    if (await this.store.add(record, limits)) {
      this.metrics.received.inc();
      return this.driver.drive(record);
    }
    // The same request was faster elsewhere; or there is no room for another.
    if (await this.standing(request, id)) return;
    const detail = `${request.account} has ${limits.maxOpen} purchases that have not ended`;
    throw new RefusalError('RATE_LIMITED', detail, { retryAfterSeconds: 5 });
  }

  private purchaseOf(
    request: InferenceRequest,
    topic: Topic,
    latestNonce: number | null,
    nowMs: number,
  ): Purchase {
    const parts = partsOf(request);
    const params = topic.params ?? { epochLengthBlocks: 1, workerWindowBlocks: 1, revealWindowBlocks: 0 };
    const maxWaitBlocks = request.maxWaitBlocks || fittingWaitBlocks(parts, params);
    return {
      ...{
        kind: kindOf(request),
        state: 'received',
        feeUallo: BigInt(request.feeUallo),
        parts,
        maxWaitBlocks,
      },
      ...{ deliveredParts: 0, chargedUallo: 0n, refundedUallo: 0n, deadlineHeight: 0, reason: null },
      afterNonce: latestNonce ?? 0,
      deadlineAtMs: nowMs + (maxWaitBlocks + 1) * this.config.purchaseBlockMs,
    };
  }

  private async read(
    id: string,
    asked: { waitMs: number; afterPart: number; isDone: (shown: ShownPurchase) => boolean },
  ): Promise<ShownPurchase | undefined> {
    const { waitMs, afterPart, isDone } = asked;
    const look = async (): Promise<ShownPurchase | undefined> => {
      const record = await this.store.find(id);
      if (!record) return undefined;
      const hasAny = record.purchase.deliveredParts > afterPart;
      const page = { afterPart, limit: INFERENCES_SHOWN };
      return { record, deliveries: hasAny ? await this.store.deliveries(id, page) : [] };
    };
    const first = await look();
    if (!first || isDone(first) || waitMs === 0) return first;
    const satisfied = (shown: ShownPurchase | undefined) => !shown || isDone(shown);
    try {
      const call = purchaseCall(id);
      const paces = { timeoutMs: waitMs, firstLookMs: FIRST_LOOK_MS };
      return await this.waits.untilCalled({ call, ...paces, look, satisfied });
    } catch (error) {
      // Too many wait already: how far it is now is an answer too.
      if (error instanceof RefusalError && error.code === 'UNAVAILABLE') return first;
      throw error;
    }
  }
}

/** What can be said without writing anything down; the ledger has the last word on it. */
function refuseNow(
  { topicId, feeUallo, purchase }: InferenceRequest,
  { params }: Topic,
  latestNonce: number | null,
) {
  const minFeeUallo = params?.minInferenceFeeUallo || '0';
  if (BigInt(feeUallo) < BigInt(minFeeUallo)) {
    const detail = `topic ${topicId} asks for ${minFeeUallo} uallo, and ${feeUallo} are offered`;
    throw new RefusalError('FEE_BELOW_MINIMUM', detail, { topicId, feeUallo, minFeeUallo });
  }
  if (purchase?.$case === 'latest' && latestNonce === null) {
    throw new RefusalError('NO_INFERENCE_YET', `topic ${topicId} has no network inference yet`, { topicId });
  }
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorRules, code);

/** A request that was never taken up, as one that failed for other reasons than those of its buyer. */
const refusalOf = ({ code, detail }: { readonly code: string; readonly detail: string }): RefusalError =>
  new RefusalError(isCode(code) ? code : 'NO_HOLD', detail);
