import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Database } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { REPUTATION_CONFIG, type ReputationConfig } from './config';
import { ScoringInputsStore } from './inputs.store';
import type { ScoredEpoch } from './score-epoch';

/** Every metric of the scoring. */
@Injectable()
export class ReputationMetrics {
  readonly scoringSeconds: Histogram;
  private readonly epochs: Counter<'outcome'>;
  private readonly filtered: Counter<'reason'>;
  private readonly dropped: Counter<'reason'>;
  private readonly refusals: Counter<'code'>;
  private readonly listening: Gauge<'topic_id' | 'reputer'>;
  private readonly shown = new Set<string>();

  constructor(
    registry: MetricsRegistry,
    database: Database,
    inputs: ScoringInputsStore,
    @Inject(REPUTATION_CONFIG) private readonly config: Pick<ReputationConfig, 'listeningSeriesMax'>,
  ) {
    const registers = [registry];
    this.epochs = new Counter({
      name: 'allora_reputation_epochs_total',
      help: 'Epochs settled, by outcome',
      labelNames: ['outcome'],
      registers,
    });
    this.filtered = new Counter({
      name: 'allora_reputation_filtered_bundles_total',
      help: 'Bundles of sealed sets that did not count, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.dropped = new Counter({
      name: 'allora_reputation_dropped_losses_total',
      help: 'Values left out of bundles of sealed sets, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.refusals = new Counter({
      name: 'allora_reputation_refused_losses_total',
      help: 'Times the protocol found no consensus in the losses of an epoch as they were reported, by code',
      labelNames: ['code'],
      registers,
    });
    this.listening = new Gauge({
      name: 'allora_reputation_listening_coefficient',
      help: 'Listening coefficient of a reputer after its latest epoch; of a bounded number of reputers',
      labelNames: ['topic_id', 'reputer'],
      registers,
    });
    this.scoringSeconds = new Histogram({
      name: 'allora_reputation_scoring_duration_seconds',
      help: 'From all inputs of an epoch in hand to losses and scores written, without the commit',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    new Gauge({
      name: 'allora_reputation_waiting_epochs',
      help: 'Epochs with a loss set in hand that wait for their stakes, their inference or an earlier epoch',
      registers,
      async collect() {
        this.set(await inputs.waitingEpochs(database.prisma));
      },
    });
  }

  countEpoch({ scores, findings, refusals }: ScoredEpoch): void {
    this.epochs.inc({ outcome: EpochOutcome[scores.outcome].toLowerCase() });
    for (const { reason, dropped } of findings) {
      if (reason !== null) this.filtered.inc({ reason: reason.toLowerCase() });
      for (const loss of dropped) this.dropped.inc({ reason: loss.reason.toLowerCase() });
    }
    for (const { code } of refusals) this.refusals.inc({ code });
    for (const { reputer, listeningCoefficient } of scores.reputers) {
      const series = `${scores.topicId}/${reputer}`;
      if (!this.shown.has(series) && this.shown.size >= this.config.listeningSeriesMax) continue;
      this.shown.add(series);
      this.listening.set({ topic_id: String(scores.topicId), reputer }, listeningCoefficient);
    }
  }
}
