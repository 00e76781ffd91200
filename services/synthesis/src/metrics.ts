import { InferenceMode, type NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { TopicSeries } from '@allora/service-kit/topic-series';
import { Database } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { InputsStore } from './inputs.store';

/** Every metric of synthesis. */
@Injectable()
export class SynthesisMetrics {
  readonly synthesisSeconds: Histogram;
  readonly regretUpdates: Counter;
  private readonly epochs: Counter<'mode'>;
  private readonly effectiveWorkers: Gauge<'topic_id'>;
  private readonly intervalWidth: Gauge<'topic_id'>;
  private readonly topics = new TopicSeries();

  constructor(registry: MetricsRegistry, database: Database, inputs: InputsStore) {
    const registers = [registry];
    this.epochs = new Counter({
      name: 'allora_synthesis_epochs_total',
      help: 'Epochs synthesised, by mode of the network inference',
      labelNames: ['mode'],
      registers,
    });
    this.effectiveWorkers = new Gauge({
      name: 'allora_synthesis_effective_workers',
      help: 'Effective number of workers behind the latest network inference: (sum w)^2 / sum w^2; of a bounded number of topics',
      labelNames: ['topic_id'],
      registers,
    });
    this.intervalWidth = new Gauge({
      name: 'allora_synthesis_interval_width',
      help: "Width of the latest 95 % interval, in the topic's own unit; of a bounded number of topics",
      labelNames: ['topic_id'],
      registers,
    });
    this.synthesisSeconds = new Histogram({
      name: 'allora_synthesis_duration_seconds',
      help: 'From both sets in hand to the network inference written, without the commit',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.regretUpdates = new Counter({
      name: 'allora_synthesis_regret_updates_total',
      help: 'Scored epochs whose losses became regrets',
      registers,
    });
    new Gauge({
      name: 'allora_synthesis_waiting_epochs',
      help: 'Epochs with a set in hand that wait for another set or for what settled before them',
      registers,
      async collect() {
        this.set(await inputs.waitingEpochs(database.prisma));
      },
    });
  }

  countInference(inference: NetworkInference): void {
    this.epochs.inc({ mode: InferenceMode[inference.mode].toLowerCase() });
    if (!this.topics.has(inference.topicId)) return;
    const topic = { topic_id: String(inference.topicId) };
    this.effectiveWorkers.set(topic, effectiveWorkers(inference));
    const [low, high] = [inference.confidenceValues[0], inference.confidenceValues.at(-1)];
    if (low !== undefined && high !== undefined) this.intervalWidth.set(topic, high - low);
    else this.intervalWidth.remove(topic);
  }
}

/** Without weights everyone counts alike. */
export function effectiveWorkers({ inferers, forecasters }: NetworkInference): number {
  const weights = [...inferers, ...forecasters].map(({ weight }) => weight ?? 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return inferers.length;
  return 1 / weights.reduce((sum, weight) => sum + (weight / total) ** 2, 0);
}
