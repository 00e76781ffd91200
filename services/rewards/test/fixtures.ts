import { EpochOutcome, EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochEvent, EpochPhase, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';

export const params = TopicParams.fromPartial({
  epochLengthBlocks: 10,
  workerWindowBlocks: 5,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 10,
  pNorm: 3,
  alphaRegret: 0.1,
  epsilon: 0.01,
  meritSortitionAlpha: 0.1,
});

export const ALLO = 10n ** 18n;

export interface ScoresOptions {
  readonly topicId?: number;
  readonly nonce?: number;
  readonly settledNonce?: number | undefined;
  readonly inferers?: Readonly<Record<string, number | undefined>>;
  readonly forecasters?: Readonly<Record<string, number | undefined>>;
  /** Score, stake and what of it is delegated, in uallo. */
  readonly reputers?: Readonly<
    Record<string, readonly [score: number | undefined, stakeUallo: bigint, delegatedUallo?: bigint]>
  >;
  readonly outcome?: EpochOutcome;
}

const ids = <T>(byId: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(byId).sort(([a], [b]) => (a < b ? -1 : 1));

export function epochScores(options: ScoresOptions = {}): EpochScores {
  const workers = (scores: Readonly<Record<string, number | undefined>>) =>
    ids(scores).map(([participant, score]) => ({ participant, score, emaScore: score ?? 0.5 }));
  return EpochScores.fromPartial({
    topicId: options.topicId ?? 1,
    nonce: options.nonce ?? 100,
    settledNonce: options.settledNonce,
    outcome: options.outcome ?? EpochOutcome.SCORED,
    inferers: workers(options.inferers ?? { i0: 0.1, i1: 0.4, i2: -0.2 }),
    forecasters: workers(options.forecasters ?? { f0: 0.2, f1: 0.3 }),
    reputers: ids(options.reputers ?? { r0: [20, 500n * ALLO], r1: [30, 700n * ALLO] }).map(
      ([reputer, [score, stakeUallo, delegatedUallo = 0n]]) => ({
        reputer,
        score,
        emaScore: score,
        stakeUallo: stakeUallo.toString(),
        delegatedUallo: delegatedUallo.toString(),
        listeningCoefficient: 1,
      }),
    ),
    combinedLoss: -2,
    naiveLoss: -1.5,
    params,
  });
}

export const epochEvent = (
  phase: EpochPhase,
  nonce: number,
  options: { readonly settledNonce?: number | undefined; readonly topicId?: number } = {},
): EpochEvent =>
  EpochEvent.fromPartial({
    topicId: options.topicId ?? 1,
    nonce,
    phase,
    height: nonce + 10,
    closesHeight: nonce + 20,
    settledNonce: options.settledNonce,
    params,
    atMs: 1_700_000_000_000 + nonce,
  });
