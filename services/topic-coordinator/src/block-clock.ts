import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusalError } from '@allora/contracts/errors';
import { blockHeightAt } from '@allora/protocol/epoch/window';
import { Clock } from '@allora/service-kit/clock';
import { Log } from '@allora/service-kit/log';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { EpochTeller } from './epoch-teller';
import { TopicCoordinatorMetrics } from './metrics';

/** A replica that stopped without a word is replaced after this long, or after three blocks when these are longer. */
const LEAST_LEASE_MS = 10_000;

/** What drives the block height: the time of day, or a person with the manual clock. */
@Injectable()
export class BlockClock implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly holder = randomUUID();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private genesisMs = 0;

  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    private readonly clock: Clock,
    private readonly heights: ClockStore,
    private readonly teller: EpochTeller,
    private readonly metrics: TopicCoordinatorMetrics,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.openGenesis();
    if (this.config.clock === 'wall') this.running = this.run();
    // A crash may have stored a height without telling all that fell due by it.
    else await this.teller.advanceTo(0);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
    if (this.config.clock === 'wall') await this.heights.releaseLease(this.holder);
  }

  /** The manual clock's only way forward; the same height again tells what an interrupted call left untold. */
  async advanceByHand(height: number): Promise<number> {
    if (this.config.clock !== 'manual') {
      throw new RefusalError('CLOCK_NOT_MANUAL', 'the block height of this network follows the time of day');
    }
    const present = await this.heights.height();
    if (height < present) {
      throw new RefusalError('CLOCK_BACKWARDS', `the height is ${present} already`, { height: present });
    }
    return this.teller.advanceTo(height);
  }

  /** Tells what the time of day has made due, if this replica is the one to do so. */
  async tick(): Promise<void> {
    const { blockIntervalMs } = this.config;
    const leaseMs = Math.max(LEAST_LEASE_MS, 3 * blockIntervalMs);
    if (!(await this.heights.holdLease(this.holder, leaseMs))) return;
    await this.teller.advanceTo(
      blockHeightAt({ nowMs: this.clock.nowMs(), genesisMs: this.genesisMs, blockIntervalMs }),
      (height) => this.genesisMs + height * blockIntervalMs,
    );
  }

  private async openGenesis(): Promise<void> {
    const { genesisTime } = this.config;
    const wanted = genesisTime === undefined ? undefined : Date.parse(genesisTime);
    this.genesisMs = await this.heights.open(wanted ?? this.clock.nowMs());
    if (wanted === undefined || this.config.clock === 'manual' || wanted === this.genesisMs) return;
    const began = new Date(this.genesisMs).toISOString();
    throw new Error(
      `GENESIS_TIME is ${genesisTime}, but this network began at ${began}: set that, or leave it out`,
    );
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.tick();
      } catch (error) {
        this.metrics.failedTicks.inc();
        this.log.error({ error }, 'a tick of the block clock failed; it is tried again');
      }
      await sleep(this.untilNextBlockMs(), undefined, { signal: this.stopping.signal }).catch(
        () => undefined,
      );
    }
  }

  private untilNextBlockMs(): number {
    const { blockIntervalMs } = this.config;
    const sinceGenesisMs = this.clock.nowMs() - this.genesisMs;
    if (sinceGenesisMs < 0) return Math.min(blockIntervalMs, -sinceGenesisMs);
    return blockIntervalMs - (sinceGenesisMs % blockIntervalMs);
  }
}
