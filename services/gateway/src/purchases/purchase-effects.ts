import { RefusalError } from '@allora/contracts/errors';
import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { PurchaseReason } from '@allora/protocol/purchase/purchase';
import { Clock } from '@allora/service-kit/clock';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { NetworkKey } from '@allora/service-kit/network-key';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { FactsStore } from '../facts.store';
import { hasValue } from '../proto';
import { TopicsStore } from '../topics.store';
import type { PurchaseRecord } from './purchase-record';

/** Heights asked for within so long are the same one. */
const HEIGHT_TTL_MS = 250;
/** Long enough for a ledger under load; a repeat is safe whatever became of it. */
const LEDGER_DEADLINE_MS = 8_000;

export type LedgerAnswer =
  | {
      readonly accepted: true;
      readonly movedUallo: bigint;
      readonly ledgerKey: string;
      readonly height: number;
    }
  | { readonly accepted: false; readonly reason: PurchaseReason };

/** "Not now" leaves open what happened: it is asked again. */
const isFinal = (error: unknown): error is RefusalError =>
  error instanceof RefusalError && !['UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL'].includes(error.code);

/** What purchases ask of others: the ledger, and the facts of epochs. */
@Injectable()
export class PurchaseEffects {
  private readonly rewards: GrpcClient<typeof RewardsService>;
  private known: { readonly height: Promise<number | undefined>; readonly untilMs: number } | undefined;

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    clients: GrpcClients,
    private readonly key: NetworkKey,
    private readonly facts: FactsStore,
    private readonly topics: TopicsStore,
    private readonly clock: Clock,
  ) {
    this.rewards = clients.connect(RewardsService, config.rewardsGrpcAddress);
  }

  /** Throws when it is open whether the fee is held: then it is to be asked again. */
  hold({ signed }: PurchaseRecord): Promise<LedgerAnswer> {
    return answerOf(async () => {
      const answer = await this.rewards.holdInferenceFee({ signed }, { deadlineMs: LEDGER_DEADLINE_MS });
      return { ...answer, movedUallo: answer.heldUallo };
    });
  }

  /** By the network's word that an inference was delivered. */
  charge(statement: SignedMessage | undefined): Promise<LedgerAnswer> {
    return this.settle(statement);
  }

  /** Throws while the ledger does not take this replica's key for the network's: the money is there, and another one is believed. */
  async refund({ id, request, purchase }: PurchaseRecord): Promise<LedgerAnswer> {
    const { account, requestId } = request;
    const requestHash = new Uint8Array(Buffer.from(id, 'hex'));
    const value = { account, requestId, requestHash, reason: purchase.reason?.code ?? '' };
    const answer = await this.settle(this.key.signMessage({ $case: 'inferenceRefund', value }));
    if (!answer.accepted && answer.reason.code === 'BAD_SIGNATURE')
      throw new RefusalError('UNAVAILABLE', `NETWORK_KEY is not the ledger's: ${answer.reason.detail}`);
    return answer;
  }

  /** Undefined while rewards does not answer. */
  height(): Promise<number | undefined> {
    const nowMs = this.clock.nowMs();
    if (!this.known || this.known.untilMs <= nowMs) {
      const height = this.rewards.getHeight({}).then(
        (answer) => answer.height,
        () => undefined,
      );
      this.known = { height, untilMs: nowMs + HEIGHT_TTL_MS };
    }
    return this.known.height;
  }

  /** Of the inference that a purchase gets next; undefined while there is none. */
  async nextNonce({ request, purchase }: PurchaseRecord): Promise<number | undefined> {
    const { topicId } = request;
    if (purchase.kind === 'latest') return (await this.topics.latestNonce(topicId)) ?? undefined;
    let after = purchase.afterNonce;
    for (;;) {
      const fact = await this.facts.inferenceAfter(topicId, after);
      if (!fact || hasValue(fact)) return fact?.nonce;
      // Nobody answered in that epoch: there is nothing to sell of it.
      after = fact.nonce;
    }
  }

  private settle(signed: SignedMessage | undefined): Promise<LedgerAnswer> {
    return answerOf(() => this.rewards.settleInferenceHold({ signed }, { deadlineMs: LEDGER_DEADLINE_MS }));
  }
}

async function answerOf(
  ask: () => Promise<{ movedUallo: string; ledgerKey: string; height: number }>,
): Promise<LedgerAnswer> {
  try {
    const { movedUallo, ledgerKey, height } = await ask();
    const moved = BigInt(movedUallo);
    return { accepted: true, movedUallo: moved, ledgerKey: moved === 0n ? '' : ledgerKey, height };
  } catch (error) {
    if (!isFinal(error)) throw error;
    return { accepted: false, reason: { code: error.code, detail: error.message } };
  }
}
