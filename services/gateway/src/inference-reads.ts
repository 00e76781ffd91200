import { RefusalError } from '@allora/contracts/errors';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { TrustThresholds } from '@allora/protocol/trust/trust';
import { Clock } from '@allora/service-kit/clock';
import { Inject, Injectable } from '@nestjs/common';
import { BarsStore, type BarsQuery } from './bars/bars.store';
import { barInterval } from './bars/interval';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { isSettled } from './epoch-view';
import { FactsStore } from './facts.store';
import { cursorText } from './history/cursor';
import { HistoryStore, type PageQuery } from './history/history.store';
import { pointView } from './history/inference-record';
import { percentilesOf } from './history/percentiles';
import { workerValues } from './history/worker-values';
import { latestInferenceEtag, latestInferenceView } from './inference-view';
import { KnownTopics } from './known-topics';
import { LatestInferences } from './latest-inferences';
import { GatewayMetrics } from './metrics';
import type { EpochFacts } from './proto';
import { trustThresholds } from './trust/settings';

export interface InferenceOptions {
  /** From 0 to 100: values at these are added. */
  readonly percentiles?: readonly number[] | undefined;
}

interface EpochInference {
  readonly inference: NetworkInference;
  readonly facts: EpochFacts;
}

/** What is read of a topic's inferences, however it is asked for; plain data. */
@Injectable()
export class InferenceReads {
  private readonly thresholds: TrustThresholds;

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    private readonly latestInferences: LatestInferences,
    private readonly facts: FactsStore,
    private readonly records: HistoryStore,
    private readonly barsStore: BarsStore,
    private readonly known: KnownTopics,
    private readonly clock: Clock,
    private readonly metrics: GatewayMetrics,
  ) {
    this.thresholds = trustThresholds(config);
  }

  /** The latest with a value, and the tag of its answer. */
  async latest(topicId: number, options: InferenceOptions = {}) {
    const latest = await this.latestInferences.read(topicId);
    if (!latest) {
      await this.known.require(topicId);
      throw new RefusalError('NO_INFERENCE_YET', `topic ${topicId} has no network inference yet`, {
        topicId,
      });
    }
    const { inference, facts, closedNonce } = latest;
    const moment = { nowMs: this.clock.nowMs(), latestNonce: closedNonce, thresholds: this.thresholds };
    const answer = { ...latestInferenceView(inference, facts, moment), ...asked(inference, options) };
    this.metrics.answers.inc({ status: answer.trust.status });
    return { answer, etag: latestInferenceEtag(inference, facts, moment) };
  }

  /** Of one epoch, judged as of its own time. `settled`: nothing of it changes any more. */
  async at(topicId: number, nonce: number, options: InferenceOptions = {}) {
    const { inference, facts } = await this.require(topicId, nonce);
    const view = latestInferenceView(inference, facts, { thresholds: this.thresholds });
    return { answer: { ...view, ...asked(inference, options) }, settled: isSettled(facts) };
  }

  /** `next` is the place to go on from; null when nothing is left. */
  async history(topicId: number, query: PageQuery) {
    const found = await this.records.page(topicId, { ...query, limit: query.limit + 1 });
    if (found.length === 0) await this.known.require(topicId);
    const shown = found.slice(0, query.limit);
    const last = found.length > shown.length ? shown.at(-1) : undefined;
    return {
      topicId,
      inferences: shown.map((record) => pointView(record, this.thresholds)),
      next: last ? cursorText({ toldMs: Number(last.toldMs), nonce: Number(last.nonce) }) : null,
    };
  }

  async bars(topicId: number, { interval, ...query }: BarsQuery & { readonly interval: string }) {
    const { topic } = await this.known.require(topicId);
    const epochLengthBlocks = Math.max(1, topic.params?.epochLengthBlocks ?? 1);
    const bars = await this.barsStore.bars(topicId, barInterval(interval), epochLengthBlocks, query);
    return { topicId, interval, ...bars };
  }

  /** Everybody's value, weight, regret and score. */
  async workers(topicId: number, nonce: number) {
    const { inference, facts } = await this.require(topicId, nonce);
    const settled = isSettled(facts);
    return { answer: { topicId, nonce, workers: workerValues(inference, facts) }, settled };
  }

  private async require(topicId: number, nonce: number): Promise<EpochInference> {
    const facts = await this.facts.epoch(topicId, nonce);
    if (facts.inference) return { inference: facts.inference, facts };
    await this.known.require(topicId);
    throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has no inference of epoch ${nonce}`, {
      topicId,
      nonce,
    });
  }
}

const asked = (inference: NetworkInference, { percentiles }: InferenceOptions) =>
  percentiles ? { percentiles: percentilesOf(inference, percentiles) } : {};
