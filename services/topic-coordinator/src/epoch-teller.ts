import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { timetableTurns } from '@allora/protocol/epoch/timetable';
import { Clock } from '@allora/service-kit/clock';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { BlockTeller } from './block-teller';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { EpochsStore } from './epochs.store';
import { TopicCoordinatorMetrics } from './metrics';
import { toEpochEvent } from './proto';
import { RegistrationsStore } from './registrations.store';
import { TimetablesStore } from './timetables.store';
import { WindowFeed } from './window-feed';

const TOPICS_A_PAGE = 500;

/** When a block falls due. */
type DueMs = (height: number) => number;

const constant =
  (ms: number): DueMs =>
  () =>
    ms;

/**
 * Moves the block height and tells every turn that falls due. The height is stored first, then each topic follows in a
 * transaction of its own that starts where its last one ended, and when all have, so do the blocks: after a crash, or with two
 * replicas at once, the same call tells what is missing and nothing twice.
 */
@Injectable()
export class EpochTeller {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly heights: ClockStore,
    private readonly epochs: EpochsStore,
    private readonly timetables: TimetablesStore,
    private readonly registrations: RegistrationsStore,
    private readonly blocks: BlockTeller,
    private readonly feed: WindowFeed,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  /**
   * To `target`, in bounded steps; below the present height it only tells what is missing. Resolves when all is told. `dueMs`
   * says when a block falls due: now, unless it is known better.
   */
  async advanceTo(target: number, dueMs: DueMs = constant(this.clock.nowMs())): Promise<number> {
    let height = await this.heights.height();
    await this.step(height, dueMs);
    while (height < target) {
      this.metrics.blocksBehind.set(target - height);
      height = Math.min(height + this.config.maxStepBlocks, target);
      await this.heights.raise(height);
      await this.step(height, dueMs);
    }
    this.metrics.blocksBehind.set(0);
    return height;
  }

  private async step(height: number, dueMs: DueMs): Promise<void> {
    const ended = this.metrics.stepSeconds.startTimer();
    const failures: unknown[] = [];
    let afterId = 0;
    for (;;) {
      const due = await this.epochs.dueTopics(this.database.prisma, height, afterId, TOPICS_A_PAGE);
      failures.push(...(await this.tellTopics(due, height, dueMs)));
      if (due.length < TOPICS_A_PAGE) break;
      afterId = due[due.length - 1]!;
    }
    ended();
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} topics were not told at ${height}`);
    await this.blocks.tellUpTo(height);
    this.metrics.height.set(height);
  }

  /** One topic's failure does not hold up the others; it is tried again with the next step. */
  private async tellTopics(topicIds: readonly number[], height: number, dueMs: DueMs): Promise<unknown[]> {
    const failures: unknown[] = [];
    const waiting = [...topicIds];
    const worker = async () => {
      for (let topicId = waiting.shift(); topicId !== undefined; topicId = waiting.shift()) {
        await this.tellTopic(topicId, height, dueMs).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: this.config.concurrentTopics }, worker));
    return failures;
  }

  private async tellTopic(topicId: number, height: number, dueMs: DueMs): Promise<void> {
    const turns = await this.bus.transaction({ key: String(topicId) }, (unit) =>
      this.tell(topicId, height, unit),
    );
    for (const { phase, height: turnHeight } of turns) {
      this.metrics.turns.inc({ phase });
      const delayMs = Math.max(0, this.clock.nowMs() - dueMs(turnHeight));
      this.metrics.turnDelay.observe({ phase }, delayMs / 1_000);
    }
    if (turns.length > 0) this.feed.announce(topicId);
  }

  private async tell(topicId: number, height: number, unit: UnitOfWork) {
    const { toldHeight, timetable } = await this.timetables.hold(unit.tx, topicId);
    if (toldHeight >= height) return [];
    const turns = timetableTurns(timetable, { fromHeightExclusive: toldHeight, toHeightInclusive: height });
    await this.epochs.recordTurns(unit.tx, topicId, turns);
    for (const turn of turns) {
      const shadows =
        turn.phase === 'WORKER_WINDOW_CLOSED'
          ? await this.registrations.shadowsAt(unit.tx, topicId, turn.nonce)
          : [];
      await unit.publish(
        busTopics.epochs,
        toEpochEvent(turn, { topicId, atMs: this.clock.nowMs(), shadows }),
      );
    }
    await this.timetables.recordTold(unit.tx, topicId, { toldHeight: height, timetable });
    return turns;
  }
}
