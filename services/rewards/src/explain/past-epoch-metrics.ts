import { RefusalError } from '@allora/contracts/errors';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

/** Counts answers about past epochs; a broken one is of an epoch whose stored numbers no longer give what it paid. */
@Injectable()
export class PastEpochMetrics {
  private readonly answers: Counter<'kind' | 'result'>;

  constructor(registry: MetricsRegistry) {
    this.answers = new Counter({
      name: 'allora_rewards_past_epoch_answers_total',
      help: 'Explanations, simulations and verifications of settled epochs: answered, refused, or broken (must be 0): stored numbers do not add up',
      labelNames: ['kind', 'result'],
      registers: [registry],
    });
    for (const kind of ['explanation', 'simulation', 'verification'])
      this.answers.inc({ kind, result: 'broken' }, 0);
  }

  count<T>(kind: 'explanation' | 'simulation', answer: () => T): T {
    try {
      const given = answer();
      this.answers.inc({ kind, result: 'answered' });
      return given;
    } catch (error) {
      this.answers.inc({ kind, result: error instanceof RefusalError ? 'refused' : 'broken' });
      throw error;
    }
  }

  verified(holds: boolean): void {
    this.answers.inc({ kind: 'verification', result: holds ? 'answered' : 'broken' });
  }
}
