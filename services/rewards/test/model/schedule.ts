import { EpochOutcome, EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { EpochEvent, EpochPhase, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Draws } from '../../src/testing/command-generator';
import type { ModelEpoch } from './block-model';

/** Epochs of a topic; the reputer window opens a length after the nonce, and may last longer than an epoch. */
export interface ModelSchedule {
  readonly topicId: number;
  readonly lengthBlocks: number;
  readonly reputerWindowBlocks: number;
}

export const paramsOf = ({ lengthBlocks, reputerWindowBlocks }: ModelSchedule): TopicParams =>
  TopicParams.fromPartial({
    epochLengthBlocks: lengthBlocks,
    workerWindowBlocks: lengthBlocks,
    groundTruthLagBlocks: lengthBlocks,
    reputerWindowBlocks,
    pNorm: 3,
    alphaRegret: 0.1,
    epsilon: 0.01,
    meritSortitionAlpha: 0.1,
  });

/** The latest nonce whose reputer window closed at or before the height. */
export function settledAt(schedule: ModelSchedule, height: number): number | undefined {
  const { lengthBlocks, reputerWindowBlocks } = schedule;
  const nonce = Math.floor((height - lengthBlocks - reputerWindowBlocks) / lengthBlocks) * lengthBlocks;
  return nonce >= lengthBlocks ? nonce : undefined;
}

interface TimedEvent {
  readonly height: number;
  readonly event: EpochEvent;
}

/** What the coordinator tells of reputer windows in these blocks, in its order: of one height the closings first. */
export function eventsWithin(schedule: ModelSchedule, from: number, to: number): TimedEvent[] {
  const { topicId, lengthBlocks, reputerWindowBlocks } = schedule;
  const at = (height: number, phase: EpochPhase): TimedEvent[] => {
    const after =
      phase === EpochPhase.REPUTER_WINDOW_OPENED ? lengthBlocks : lengthBlocks + reputerWindowBlocks;
    const nonce = height - after;
    if (nonce < lengthBlocks || nonce % lengthBlocks !== 0) return [];
    const before = phase === EpochPhase.REPUTER_WINDOW_OPENED ? height : height - 1;
    const settledNonce = settledAt(schedule, before);
    const event = EpochEvent.fromPartial({
      topicId,
      nonce,
      phase,
      height,
      closesHeight: height + reputerWindowBlocks,
      settledNonce,
      params: paramsOf(schedule),
      atMs: 1_700_000_000_000 + height,
    });
    return [{ height, event }];
  };
  return Array.from({ length: to - from }, (_, i) => from + 1 + i).flatMap((height) => [
    ...at(height, EpochPhase.REPUTER_WINDOW_CLOSED),
    ...at(height, EpochPhase.REPUTER_WINDOW_OPENED),
  ]);
}

export const endedWithin = (schedules: readonly ModelSchedule[], from: number, to: number): ModelEpoch[] =>
  schedules
    .flatMap((schedule) =>
      eventsWithin(schedule, from, to)
        .filter(({ event }) => event.phase === EpochPhase.REPUTER_WINDOW_CLOSED)
        .map(({ height, event: { topicId, nonce } }) => ({
          topicId,
          nonce,
          height,
          epochLengthBlocks: schedule.lengthBlocks,
        })),
    )
    .sort((a, b) => a.height - b.height || a.topicId - b.topicId || a.nonce - b.nonce);

/** Whom an epoch's scores and sets name, by lot. */
export class EpochCast {
  constructor(
    private readonly random: Draws,
    private readonly everyone: readonly string[],
  ) {}

  sets({ topicId }: ModelSchedule, nonce: number): { inferences: InferenceSet; forecasts: ForecastSet } {
    const parts = { topicId, nonce, part: 0, parts: 1 };
    return {
      inferences: InferenceSet.fromPartial({
        ...parts,
        inferences: this.some(8).map((inferer) => ({ topicId, nonce, inferer, value: '1' })),
      }),
      forecasts: ForecastSet.fromPartial({
        ...parts,
        forecasts: this.some(3).map((forecaster) => ({ topicId, nonce, forecaster })),
      }),
    };
  }

  scores(schedule: ModelSchedule, { nonce, stakes }: StakeSnapshot): EpochScores {
    const { random } = this;
    const { topicId } = schedule;
    const score = () => (random.chance(0.05) ? undefined : random.unit() - 0.3);
    const workers = (most: number) =>
      this.some(most).map((participant) => ({ participant, score: score(), emaScore: 0.1 }));
    const outcome = random.chance(0.9) ? EpochOutcome.SCORED : EpochOutcome.NO_LOSSES;
    return EpochScores.fromPartial({
      topicId,
      nonce,
      settledNonce: settledAt(schedule, nonce + schedule.lengthBlocks),
      outcome,
      inferers: workers(6),
      forecasters: workers(3),
      reputers: stakes
        .filter(() => random.chance(0.8))
        .slice(0, 6)
        .map(({ reputer, stakeUallo, delegatedUallo }) => ({
          reputer,
          score: random.chance(0.05) ? undefined : random.unit(),
          emaScore: 0.1,
          stakeUallo,
          delegatedUallo,
          listeningCoefficient: 1,
        })),
      combinedLoss: -2 + random.unit(),
      naiveLoss: -1 + random.unit(),
      params: paramsOf(schedule),
    });
  }

  /** In ascending order, as everywhere. */
  private some(most: number): string[] {
    const count = this.random.whole(0, most + 1);
    return this.random.shuffled(this.everyone).slice(0, count).sort();
  }
}
