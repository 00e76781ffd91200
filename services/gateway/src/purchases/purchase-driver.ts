import {
  afterEvent,
  isEnded,
  nextStep,
  type PurchaseEvent,
  type PurchaseStep,
} from '@allora/protocol/purchase/purchase';
import { Clock } from '@allora/service-kit/clock';
import { HealthProbes } from '@allora/service-kit/health';
import { Log } from '@allora/service-kit/log';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { EpochWaits } from '../epoch-waits';
import { PurchaseEffects } from './purchase-effects';
import { PurchaseMetrics } from './purchase-metrics';
import type { PurchaseRecord } from './purchase-record';
import { type PurchaseChange, PurchasesStore } from './purchases.store';
import { SignedInferences } from './signed-inferences';

/** Purchases that a replica is at work on at once, beside those whose buyers are on the line. */
const AT_ONCE = 32;
const TRY_AGAIN_MS = 500;
const PURGE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export const purchaseCall = (id: string): string => `purchase:${id}`;

/**
 * Takes purchases from state to state. Each state is written before what follows from it is done, and everything that is done may
 * be done again: a replica that dies leaves its purchases due, and any other one goes on where it was.
 */
@Injectable()
export class PurchaseDriver implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private readonly driven = new Map<string, Promise<void>>();
  private stopped = false;
  private nextPurgeMs = 0;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly store: PurchasesStore,
    private readonly effects: PurchaseEffects,
    private readonly inferences: SignedInferences,
    private readonly waits: EpochWaits,
    private readonly metrics: PurchaseMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly health: HealthProbes,
  ) {}

  onApplicationBootstrap(): void {
    // What is under way ends before its connections do.
    this.health.stopping.addEventListener('abort', () => this.stop(), { once: true });
    this.timer = setInterval(() => (this.looking ??= this.look()), this.config.purchaseLookMs);
  }

  async onModuleDestroy(): Promise<void> {
    this.stop();
    await this.looking;
    await Promise.allSettled(this.driven.values());
  }

  /** As far as it comes by itself; the replica must have it for itself. Never rejects. */
  drive(record: PurchaseRecord): Promise<void> {
    const { id } = record;
    const driven = this.goOn(record).finally(() => {
      if (this.driven.get(id) === driven) this.driven.delete(id);
    });
    this.driven.set(id, driven);
    return driven;
  }

  /** Until this replica has no more to do with it for now; at once where it is not at it. */
  async untilDriven(id: string): Promise<void> {
    await this.driven.get(id);
  }

  private stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      for (let more = true; more && !this.stopped;) {
        const nowMs = this.clock.nowMs();
        const limits = { nowMs, leaseMs: this.config.purchaseLeaseMs, count: AT_ONCE };
        const taken = await this.store.take(limits);
        // A slow replica may see its own lease end: it is still at work on those.
        const fresh = taken.filter(({ id }) => !this.driven.has(id));
        await Promise.all(fresh.map((record) => this.drive(record)));
        more = taken.length === AT_ONCE;
      }
      await this.purge();
    } catch (error) {
      this.log.warn({ error }, 'purchases that are due were not looked for');
    } finally {
      this.looking = undefined;
    }
  }

  private async purge(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.nextPurgeMs) return;
    this.nextPurgeMs = nowMs + PURGE_EVERY_MS;
    const beforeMs = nowMs - this.config.purchaseRetentionDays * DAY_MS;
    while (!this.stopped && (await this.store.purge(beforeMs)) > 0);
  }

  private async goOn(record: PurchaseRecord): Promise<void> {
    let present: PurchaseRecord | undefined = record;
    try {
      while (present && !isEnded(present.purchase)) {
        const step = await this.stepOf(present);
        if (step.kind === 'wait') return await this.rest(present, this.config.purchaseCheckMs);
        present = await this.take(present, step);
      }
    } catch (error) {
      this.metrics.failures.inc();
      this.log.warn({ error, purchase: record.id }, 'a purchase is held up');
      if (present) await this.rest(present, TRY_AGAIN_MS).catch(() => undefined);
    }
  }

  private async stepOf(record: PurchaseRecord): Promise<PurchaseStep> {
    const { purchase } = record;
    const nowMs = this.clock.nowMs();
    if (purchase.state !== 'held')
      return nextStep(purchase, { nowMs, height: undefined, nextNonce: undefined });
    const nextNonce = await this.effects.nextNonce(record);
    if (nextNonce !== undefined) {
      const step = nextStep(purchase, { nowMs, height: undefined, nextNonce });
      if (step.kind === 'sign-inference') return step;
    }
    // Looked for again behind the height: what is not there then was not told up to it.
    const height = await this.effects.height();
    return nextStep(purchase, { nowMs, height, nextNonce: await this.effects.nextNonce(record) });
  }

  private async take(record: PurchaseRecord, step: PurchaseStep): Promise<PurchaseRecord | undefined> {
    switch (step.kind) {
      case 'hold-fee': {
        const answer = await this.effects.hold(record);
        if (!answer.accepted) return this.write(record, { kind: 'given-up', reason: answer.reason });
        const held = { ...record, holdKey: answer.ledgerKey };
        return this.write(held, { kind: 'fee-held', height: answer.height });
      }
      case 'sign-inference': {
        const { nonce, part } = step;
        const inference = await this.inferences.sign(record, nonce, part);
        return this.write(record, { kind: 'inference-signed', nonce }, { added: { part, nonce, inference } });
      }
      case 'charge-part':
        return this.charge(record, step.part);
      case 'give-up':
        return this.write(record, { kind: 'given-up', reason: step.reason });
      case 'refund': {
        const answer = await this.effects.refund(record);
        // Refused: nothing stands under the request that is this purchase's.
        const { movedUallo, ledgerKey } = answer.accepted ? answer : { movedUallo: 0n, ledgerKey: '' };
        const closed = { ...record, refundKey: ledgerKey };
        return this.write(closed, { kind: 'closed', refundedUallo: movedUallo });
      }
      default:
        return undefined;
    }
  }

  private async charge(record: PurchaseRecord, part: number): Promise<PurchaseRecord | undefined> {
    const delivery = await this.store.delivery(record.id, part);
    if (!delivery) throw new Error(`part ${part} of purchase ${record.id} is not there`);
    const answer = await this.effects.charge(delivery.inference.signed);
    if (!answer.accepted) return this.write(record, { kind: 'given-up', reason: answer.reason });
    const { movedUallo, ledgerKey } = answer;
    const charged = { part, chargedUallo: movedUallo, ledgerKey };
    return this.write(record, { kind: 'part-charged', amountUallo: movedUallo }, { charged });
  }

  private async write(
    record: PurchaseRecord,
    event: PurchaseEvent,
    besides: Pick<PurchaseChange, 'added' | 'charged'> = {},
  ): Promise<PurchaseRecord | undefined> {
    const next = { ...record, purchase: afterEvent(record.purchase, event) };
    const nowMs = this.clock.nowMs();
    const dueAtMs = nowMs + this.config.purchaseLeaseMs;
    const written = await this.store.change({ record: next, dueAtMs, nowMs, ...besides });
    if (!written) return undefined;
    if (isEnded(written.purchase)) this.metrics.ended.inc({ state: written.purchase.state });
    if (isEnded(written.purchase) || event.kind === 'part-charged')
      await this.waits.call(purchaseCall(written.id));
    return written;
  }

  private async rest(record: PurchaseRecord, ms: number): Promise<void> {
    await this.store.postpone(record, this.clock.nowMs() + ms);
  }
}
