import { type Backoff, backoffMs, pause } from './backoff';
import type { StoredRecord } from './transport';

export interface PartitionQueueOptions {
  readonly handle: (records: readonly StoredRecord[], signal: AbortSignal) => Promise<void>;
  readonly maxBatchRecords: number;
  /** The records up to and with this one are handled. */
  readonly onHandled: (last: StoredRecord) => void;
  /** The batch will be delivered again. */
  readonly onRejected: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const redelivery: Backoff = { baseMs: 50, maxMs: 5_000 };
const maxBufferedBytes = 16 * 1024 * 1024;

/** Records of one partition on their way to the handler: batch after batch, in order, never two at once. */
export class PartitionQueue {
  private buffer: StoredRecord[] = [];
  private bytes = 0;
  private generation = 0;
  private running: Promise<void> | undefined;

  constructor(private readonly options: PartitionQueueOptions) {}

  /** Whoever fills it should wait. */
  get full(): boolean {
    return this.buffer.length >= 2 * this.options.maxBatchRecords || this.bytes >= maxBufferedBytes;
  }

  push(records: readonly StoredRecord[]): void {
    if (this.options.signal.aborted || records.length === 0) return;
    this.buffer.push(...records);
    this.bytes += sizeOf(records);
    this.running ??= this.run();
  }

  /** Forgets what is not in hand: the log will deliver it again, here or elsewhere. */
  clear(): void {
    this.generation++;
    this.buffer = [];
    this.bytes = 0;
  }

  /** Resolves when no batch is in hand. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    const { handle, maxBatchRecords, onHandled, onRejected, signal } = this.options;
    let failures = 0;
    while (this.buffer.length > 0 && !signal.aborted) {
      const generation = this.generation;
      const batch = this.buffer.slice(0, maxBatchRecords);
      try {
        await handle(batch, signal);
        failures = 0;
        if (generation === this.generation) this.drop(batch);
        onHandled(batch.at(-1)!);
      } catch (error) {
        if (signal.aborted) break;
        onRejected(error);
        await pause(backoffMs(++failures, redelivery), signal).catch(() => undefined);
      }
    }
    this.running = undefined;
  }

  private drop(batch: readonly StoredRecord[]): void {
    this.buffer.splice(0, batch.length);
    this.bytes -= sizeOf(batch);
  }
}

const sizeOf = (records: readonly StoredRecord[]): number =>
  records.reduce((sum, { value }) => sum + value.length, 0);
