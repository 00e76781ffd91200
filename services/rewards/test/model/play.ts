import { busTopics } from '@allora/contracts/catalog';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Draws } from '../../src/testing/command-generator';
import { requestOf, type Request } from '../../src/testing/command-generator';
import type { LedgerModel } from '../../src/testing/ledger-model';
import { delegation, pot } from '../../src/testing/model-state';
import type { BlockModel } from './block-model';
import { endedWithin, EpochCast, eventsWithin, type ModelSchedule } from './schedule';
import type { World } from './world';

export interface PlayOptions {
  readonly world: World;
  readonly model: LedgerModel;
  readonly blocks: BlockModel;
  readonly random: Draws;
  readonly schedules: readonly ModelSchedule[];
  readonly everyone: readonly string[];
}

const GROUP = 480;
const GROUP_BESIDE = 30;
/** Pairs of groups before time passes: its windows and scores are transactions of one record each, and most of the work. */
const GROUPS_A_STEP = 2;
const CHECK_EVERY = 12;
const MOST_BLOCKS = 50;

/** One game: commands in groups of hundreds, and between them, or at the same time, all that time brings. */
export class Play {
  readonly facts = {
    commands: 0,
    accepted: 0,
    refused: 0,
    repeated: 0,
    epochsPaid: 0,
    months: 0,
    claimed: 0,
  };
  private readonly cast: EpochCast;

  constructor(private readonly given: PlayOptions) {
    this.cast = new EpochCast(given.random, given.everyone);
  }

  async run(commands: number): Promise<void> {
    const { world, model, blocks } = this.given;
    for (let step = 1; this.count() < commands; step += 1) {
      await this.told(step, async () => {
        for (let i = 0; i < GROUPS_A_STEP; i += 1) await world.twoGroups(GROUP);
        await this.passTime();
        if (step % CHECK_EVERY === 0) await world.checkAll(this.given.everyone);
      });
    }
    await this.told(0, () => this.claimEverything());
    await world.checkAll(this.given.everyone);
    this.count();
    this.facts.months = Math.floor(model.height / blocks.blocksPerMonth);
  }

  /** Blocks, then the windows that they open and close, then scores of some epochs that are over. */
  private async passTime(): Promise<void> {
    const { world, model, random, schedules } = this.given;
    const from = model.height;
    const to = from + random.whole(1, MOST_BLOCKS);
    const both = () => random.chance(0.2);
    // Each topic's windows are told before the blocks that they fall in, or after: two logs.
    const ended = endedWithin(schedules, from, to);
    const tellBlocks = async () => {
      // Until the first emission blocks post nothing that would say when they came.
      const beside = this.given.blocks.rate === null || ended.length > 0 ? 0 : GROUP_BESIDE;
      await world.besideGroup(world.blocks(to, ended, both()), beside);
    };
    if (random.chance(0.3)) await tellBlocks();
    for (const schedule of schedules) {
      // One record is one transaction.
      for (const { event } of eventsWithin(schedule, from, to)) {
        const beside = random.chance(0.5) ? GROUP_BESIDE : 0;
        await world.besideGroup(world.window(event, both()), beside, [schedule.topicId]);
        if (event.phase === EpochPhase.REPUTER_WINDOW_OPENED) await this.tellSets(schedule, event.nonce);
      }
    }
    if (model.height < to) await tellBlocks();
    await this.tellScores();
  }

  private async tellSets(schedule: ModelSchedule, nonce: number): Promise<void> {
    const { world, random } = this.given;
    const { topicId } = schedule;
    const { inferences, forecasts } = this.cast.sets(schedule, nonce);
    const tell = (kind: 'inferences' | 'forecasts', authors: readonly string[]) => ({
      both: random.chance(0.2),
      first: async () => world.epochs.keepSubmissions({ topicId, nonce, kind, authors }),
    });
    const inferers = inferences.inferences.map(({ inferer }) => inferer);
    const forecasters = forecasts.forecasts.map(({ forecaster }) => forecaster);
    await world.alone(world.event(busTopics.inferenceSets, [inferences], tell('inferences', inferers)));
    await world.alone(world.event(busTopics.forecastSets, [forecasts], tell('forecasts', forecasters)));
  }

  /** In order of nonce within a topic; some wait for the next time. */
  private async tellScores(): Promise<void> {
    const { world, random, schedules } = this.given;
    for (const schedule of schedules) {
      while (random.chance(0.7)) {
        const at = world.snapshots.findIndex(({ topicId }) => topicId === schedule.topicId);
        if (at < 0) break;
        const [snapshot] = world.snapshots.splice(at, 1);
        const scores = this.cast.scores(schedule, snapshot!);
        const { topicId, nonce } = scores;
        const authors = scores.reputers.map(({ reputer }) => reputer);
        const first = async () => world.epochs.keepSubmissions({ topicId, nonce, kind: 'losses', authors });
        const event = world.event(busTopics.epochScores, [scores], { both: random.chance(0.2), first });
        await world.besideGroup(event, random.chance(0.5) ? GROUP_BESIDE : 0, [schedule.topicId]);
      }
    }
  }

  /** Whoever has earned something takes it: what stays in the pots is less than a uallo for each cut. */
  private async claimEverything(): Promise<void> {
    const { world, model, schedules, everyone } = this.given;
    const claims: Request[] = [];
    for (const { topicId } of schedules) {
      for (const reputer of everyone)
        for (const holder of everyone)
          if (model.earnings.has(delegation(topicId, reputer, holder)))
            claims.push(
              requestOf(holder, `last-${claims.length}`, {
                kind: 'claim-delegation-rewards',
                topicId,
                reputer,
                holder,
              }),
            );
    }
    for (let i = 0; i < claims.length; i += GROUP) await world.claimAll(claims.slice(i, i + GROUP));
    for (const { topicId } of schedules) {
      for (const reputer of everyone) {
        const cuts = everyone.reduce(
          (sum, holder) => sum + (model.earnings.get(delegation(topicId, reputer, holder))?.cuts ?? 0n) + 1n,
          0n,
        );
        const left = model.balance(pot(topicId, reputer));
        if (left < 0n || left > cuts) throw new Error(`${pot(topicId, reputer)} is left with ${left} uallo`);
      }
    }
  }

  private count(): number {
    const { world, model, blocks } = this.given;
    const { requests } = world;
    Object.assign(this.facts, {
      commands: requests.acceptedCount + requests.refused + requests.repeated,
      accepted: requests.acceptedCount,
      refused: requests.refused,
      repeated: requests.repeated,
      epochsPaid: world.epochs.paid,
      claimed: [...model.earnings.values()].filter(({ claimedUallo }) => claimedUallo > 0n).length,
      months: Math.floor(model.height / blocks.blocksPerMonth),
    });
    return this.facts.commands;
  }

  private async told(step: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new Error(
        `step ${step}, height ${this.given.model.height}: ${error instanceof Error ? error.message : error}`,
        { cause: error },
      );
    }
  }
}
