import type { ServiceName } from '@allora/contracts/catalog';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Metrics of one submission log, named after its service. */
export class SubmissionMetrics {
  readonly accepted: Counter;
  readonly repeated: Counter;
  readonly refused: Counter<'code'>;
  readonly late: Counter;
  readonly sealed: Counter;
  readonly setSubmissions: Histogram;
  readonly appendSeconds: Histogram;
  /** Set by the door. */
  countInflight: () => number = () => 0;

  constructor(registry: Registry, service: ServiceName) {
    const prefix = `allora_${service.replaceAll('-', '_')}`;
    const of = (noun: string, help: string) => ({ name: `${prefix}_${noun}`, help, registers: [registry] });
    this.accepted = new Counter(
      of('accepted_total', 'Submissions put on the log and answered with a receipt'),
    );
    this.repeated = new Counter(
      of('repeated_total', 'Repeats of the same bytes, answered with the first receipt'),
    );
    this.refused = new Counter({
      ...of('refused_total', 'Submissions refused at the door'),
      labelNames: ['code'],
    });
    this.late = new Counter(of('late_total', 'Submissions found on the log after the seal of their nonce'));
    this.sealed = new Counter(of('sealed_sets_total', 'Sets built and told'));
    this.setSubmissions = new Histogram({
      ...of('set_submissions', 'Submissions in a sealed set'),
      buckets: [0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    });
    const countInflight = () => this.countInflight();
    new Gauge({
      ...of('inflight_submissions', 'Submissions being judged or appended'),
      collect() {
        this.set(countInflight());
      },
    });
    this.appendSeconds = new Histogram({
      ...of('append_seconds', 'Time until the log holds a submission for good'),
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    });
  }
}
