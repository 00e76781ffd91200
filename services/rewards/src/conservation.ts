import { Log } from '@allora/service-kit/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LedgerStore } from './ledger.store';
import { RewardsMetrics } from './metrics';

/** Long enough for the transaction that asked to commit; epochs that end together are measured together. */
const DELAY_MS = 200;
/** A measurement reads all accounts: it takes a tenth of the time at most. */
const REST = 9;

/** Measures at each epoch's end that no base unit was made or lost. */
@Injectable()
export class ConservationCheck implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private measuring: Promise<void> = Promise.resolve();
  private delayMs = DELAY_MS;

  constructor(
    private readonly ledger: LedgerStore,
    private readonly metrics: RewardsMetrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.soon();
  }

  soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.measuring = this.measuring.then(() => this.measure());
    }, this.delayMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.measuring;
  }

  private async measure(): Promise<void> {
    const startedMs = performance.now();
    try {
      const { errorUallo, heldUallo, misstatedSums } = await this.ledger.conservation();
      this.metrics.conservationError.set(Number(errorUallo));
      this.metrics.misstatedSums.set(misstatedSums);
      this.metrics.supply.set(Number(heldUallo));
      if (errorUallo !== 0n || misstatedSums !== 0)
        this.log.error({ errorUallo: errorUallo.toString(), misstatedSums }, 'the ledger is not conserved');
    } catch (error) {
      this.log.warn({ error }, 'conservation could not be measured');
    }
    this.delayMs = Math.max(DELAY_MS, REST * (performance.now() - startedMs));
  }
}
