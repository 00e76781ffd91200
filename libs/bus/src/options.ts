export interface BusOptions {
  /** Deliveries to a failing handler before the record becomes a dead letter. */
  readonly maxAttempts: number;
  /** Wait before the second attempt; doubles from there on. */
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** Longest wait between attempts while the database or another service is away. */
  readonly outageRetryMaxMs: number;
  /** Transactions of handlers at one time; keep it below the size of the database pool. */
  readonly concurrency: number;
  readonly maxBatchRecords: number;
  /** How soon another replica's leftovers are noticed; own commits wake the relay at once. */
  readonly relayPollMs: number;
  readonly relayBatchRecords: number;
  /** How often lag and outbox gauges are refreshed. */
  readonly gaugeIntervalMs: number;
  /** Longer than any redelivery can take: an event older than this could take effect twice. */
  readonly inboxRetentionDays: number;
  /** Longest wait at `drain` for the outbox to be relayed; what is left there is relayed after the next start. */
  readonly drainTimeoutMs: number;
}

/** With these a failing record delays the records behind it in its partition by 0.75 to 1.5 s before it is given up. */
export const defaultBusOptions: BusOptions = {
  maxAttempts: 5,
  retryBaseMs: 100,
  retryMaxMs: 5_000,
  outageRetryMaxMs: 5_000,
  concurrency: 8,
  maxBatchRecords: 256,
  relayPollMs: 1_000,
  relayBatchRecords: 500,
  gaugeIntervalMs: 5_000,
  inboxRetentionDays: 30,
  drainTimeoutMs: 10_000,
};
