import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { Clock } from '@allora/service-kit/clock';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { EpochsStore } from './epochs.store';
import { TopicCoordinatorMetrics } from './metrics';

/**
 * Tells the network's blocks, with the epochs that ended in them. Each record begins where the last one ended, and the row that
 * says where is held until the record is committed: a crash or a second replica leaves no gap, and tells no block twice.
 */
@Injectable()
export class BlockTeller {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly heights: ClockStore,
    private readonly epochs: EpochsStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  /** All topics are told up to the height. */
  async tellUpTo(height: number): Promise<void> {
    let told = await this.heights.blocksToldHeight(this.database.prisma);
    while (told < height) told = await this.bus.transaction({}, (unit) => this.tell(height, unit));
    this.metrics.blocksTold.set(told);
  }

  /** One record; answers up to which height blocks are told now. */
  private async tell(height: number, unit: UnitOfWork): Promise<number> {
    const { tx } = unit;
    const fromHeightExclusive = await this.heights.heldBlocksToldHeight(tx);
    if (fromHeightExclusive >= height) return fromHeightExclusive;
    const range = await this.fittingRange(tx, { fromHeightExclusive, toHeight: height });
    const ended = await this.epochs.endedEpochs(tx, range);
    const settledHeight = fromHeightExclusive;
    await unit.publish(busTopics.blocks, { ...range, ended, settledHeight, atMs: this.clock.nowMs() });
    await this.heights.recordBlocksTold(tx, range.toHeight);
    return range.toHeight;
  }

  /** A record has a size that the log takes; of one block all epochs are told, however many they are. */
  private async fittingRange(
    tx: UnitOfWork['tx'],
    { fromHeightExclusive, toHeight }: { fromHeightExclusive: number; toHeight: number },
  ) {
    const range = { fromHeightExclusive, toHeight };
    const beyond = await this.epochs.heightOfEnded(tx, range, this.config.maxEndedEpochs);
    if (beyond === undefined) return range;
    return { fromHeightExclusive, toHeight: Math.max(fromHeightExclusive + 1, beyond - 1) };
  }
}
