import { TURN_PHASES } from '@allora/protocol/epoch/window';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';

@Injectable()
export class TopicCoordinatorMetrics {
  readonly height: Gauge;
  readonly blocksBehind: Gauge;
  readonly blocksTold: Gauge;
  readonly turns: Counter<'phase'>;
  readonly turnDelay: Histogram<'phase'>;
  readonly topics: Counter;
  readonly registrations: Counter<'role'>;
  readonly changes: Counter<'change'>;
  readonly failedTicks: Counter;
  readonly stepSeconds: Histogram;
  readonly windowStreams: Gauge;

  constructor(registry: MetricsRegistry) {
    const of = (noun: string, help: string) => ({
      name: `allora_topic_coordinator_${noun}`,
      help,
      registers: [registry],
    });
    this.height = new Gauge(of('height_blocks', 'Block height up to which everything is told'));
    this.blocksBehind = new Gauge(of('behind_blocks', 'Blocks that passed and are not told yet'));
    this.blocksTold = new Gauge(of('told_blocks', 'Block height up to which blocks are told to the ledger'));
    this.turns = new Counter({ ...of('turns_total', 'Turns of epochs told'), labelNames: ['phase'] });
    this.turnDelay = new Histogram({
      ...of(
        'turn_delay_seconds',
        'From when the block of a turn fell due (by the manual clock: was asked for) to the turn being told',
      ),
      labelNames: ['phase'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    });
    // A rate never sees the turn that a series begins with: without the zero, a late first one is in no service level.
    for (const phase of TURN_PHASES) this.turnDelay.zero({ phase });
    this.topics = new Counter(of('topics_total', 'Topics created'));
    this.registrations = new Counter({
      ...of('registrations_total', 'Participants registered'),
      labelNames: ['role'],
    });
    this.changes = new Counter({
      ...of('changes_total', 'Topics that were activated, deactivated, or given other settings'),
      labelNames: ['change'],
    });
    this.failedTicks = new Counter(
      of('failed_ticks_total', 'Ticks of the wall clock that failed and were tried again'),
    );
    this.windowStreams = new Gauge(of('window_streams', 'Followers of open windows at this replica'));
    this.stepSeconds = new Histogram({
      ...of('step_seconds', 'Time to tell the turns of one step of heights'),
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    });
  }
}
