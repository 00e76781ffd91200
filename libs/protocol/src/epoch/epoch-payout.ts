import { ProtocolError } from '../errors';
import type { RewardParams } from '../params';
import type { MaybeNumber } from '../regret/regret-table';
import { type EpochRewards, rewardEpoch, type RewardInput } from '../reward/participant-rewards';
import { payouts, type Payouts } from '../reward/payouts';
import { truncateToBigint, ualloToAllo } from '../uallo';

export type RewardRoleName = 'inferer' | 'forecaster' | 'reputer';
type Fractions = Readonly<Record<RewardRoleName, ReadonlyMap<string, number>>>;

export interface ScoredWorker {
  readonly participant: string;
  readonly score: number;
}

export interface ScoredReputer extends ScoredWorker {
  /** Own and delegated together. */
  readonly stakeUallo: bigint;
  readonly delegatedUallo: bigint;
}

/** Those with a score in ascending order of id: the passive ones and the ones without a loss have none, and are not paid. */
export interface ScoresToPay {
  readonly inferers: readonly ScoredWorker[];
  readonly forecasters: readonly ScoredWorker[];
  readonly reputers: readonly ScoredReputer[];
  readonly combinedLoss: number;
  readonly naiveLoss: number;
}

/** What the rewards of a topic's next epoch build on. */
export interface RewardState {
  readonly scoreRatio: number;
  readonly smoothedFractions: Fractions;
  /** Score lists of earlier epochs, newest first. */
  readonly scoreHistory: Readonly<Record<'inferer' | 'forecaster', readonly (readonly number[])[]>>;
}

export interface RolePayment {
  readonly participant: string;
  readonly role: RewardRoleName;
  readonly fraction: number;
  readonly amountUallo: bigint;
  /** What a reputer's delegators share beside it. */
  readonly delegatorsUallo: bigint;
  /** Delegated to it as the epoch's snapshot has it. */
  readonly delegatedUallo: bigint;
}

export interface PaidEpoch {
  readonly kind: 'paid';
  readonly dustUallo: bigint;
  /** Above zero, by role, then in ascending order of participant; what they and the dust leave was not earned. */
  readonly payments: readonly RolePayment[];
  readonly core: EpochRewards;
  readonly next: Pick<RewardState, 'scoreRatio' | 'smoothedFractions'>;
}

/** The formulas have no answer for these scores. */
export interface UndefinedEpoch {
  readonly kind: 'undefined';
  readonly reason: ProtocolError;
}

export interface EpochToPay {
  readonly scores: ScoresToPay;
  readonly state: RewardState;
  /** Set aside when the epoch ended. */
  readonly emissionUallo: bigint;
}

/** To whom what an epoch has to give goes (section 9); money is whole uallo throughout, and what truncation leaves is dust. */
export function payScores(epoch: EpochToPay, params: RewardParams): PaidEpoch | UndefinedEpoch {
  try {
    return paidEpoch(epoch, rewardEpoch(rewardInputOf(epoch), params));
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: 'undefined', reason: error };
    throw error;
  }
}

/** Everything that an epoch's rewards are computed from. */
export function rewardInputOf({ scores, state, emissionUallo }: EpochToPay): RewardInput {
  const { inferers, forecasters, reputers, naiveLoss, combinedLoss } = scores;
  const previous = (role: RewardRoleName, scored: readonly ScoredWorker[]): MaybeNumber[] =>
    scored.map(({ participant }) => state.smoothedFractions[role].get(participant) ?? null);
  const [infererScores, forecasterScores] = [scoresOf(inferers), scoresOf(forecasters)];
  return {
    inferers: idsOf(inferers),
    forecasters: idsOf(forecasters),
    reputers: idsOf(reputers),
    ...{ infererScores, forecasterScores, reputerScores: scoresOf(reputers) },
    stakes: reputers.map(({ stakeUallo }) => ualloToAllo(stakeUallo)),
    delegatedStakes: reputers.map(({ delegatedUallo }) => ualloToAllo(delegatedUallo)),
    infererScoreHistory: withOwn(infererScores, state.scoreHistory.inferer),
    forecasterScoreHistory: withOwn(forecasterScores, state.scoreHistory.forecaster),
    previousInfererFractions: previous('inferer', inferers),
    previousForecasterFractions: previous('forecaster', forecasters),
    previousReputerFractions: previous('reputer', reputers),
    previousScoreRatio: state.scoreRatio,
    ...{ naiveLoss, combinedLoss, topicReward: Number(emissionUallo) },
  };
}

const idsOf = (scored: readonly ScoredWorker[]): string[] => scored.map(({ participant }) => participant);
export const scoresOf = (scored: readonly ScoredWorker[]): number[] => scored.map(({ score }) => score);

/** The window starts with this epoch's own scores; an epoch without scores of the role left no list. */
export const withOwn = (own: readonly number[], history: readonly (readonly number[])[]) =>
  own.length === 0 ? history : [own, ...history];

function paidEpoch({ scores, emissionUallo }: EpochToPay, core: EpochRewards): PaidEpoch {
  const { inferers, forecasters, reputers } = scores;
  const due = payouts(core, emissionUallo);
  return {
    kind: 'paid',
    dustUallo: due.dustUallo - undistributedUallo(core, due.dustUallo),
    payments: [
      ...workerPayments('inferer', inferers, due.inferersUallo, core.infererFractions),
      ...workerPayments('forecaster', forecasters, due.forecastersUallo, core.forecasterFractions),
      ...reputerPayments(reputers, due, core),
    ],
    core,
    next: {
      scoreRatio: core.scoreRatio,
      smoothedFractions: {
        inferer: fractionsById(inferers, core.infererSmoothedFractions),
        forecaster: fractionsById(forecasters, core.forecasterSmoothedFractions ?? []),
        reputer: fractionsById(reputers, core.reputerSmoothedFractions),
      },
    },
  };
}

function fractionsById(
  scored: readonly ScoredWorker[],
  fractions: readonly MaybeNumber[],
): ReadonlyMap<string, number> {
  return new Map(
    scored.flatMap(({ participant }, i) =>
      fractions[i] == null ? [] : [[participant, fractions[i]] as const],
    ),
  );
}

const workerPayments = (
  role: 'inferer' | 'forecaster',
  scored: readonly ScoredWorker[],
  amounts: readonly bigint[],
  fractions: readonly MaybeNumber[],
): RolePayment[] =>
  scored
    .map(({ participant }, i) => ({
      participant,
      role,
      fraction: fractions[i] ?? 0,
      amountUallo: amounts[i] ?? 0n,
      delegatorsUallo: 0n,
      delegatedUallo: 0n,
    }))
    .filter(({ amountUallo }) => amountUallo > 0n);

const reputerPayments = (
  reputers: readonly ScoredReputer[],
  { reputersUallo, delegatorsUallo }: Payouts,
  { reputerFractions }: EpochRewards,
): RolePayment[] =>
  reputers
    .map(({ participant, delegatedUallo }, i) => ({
      participant,
      role: 'reputer' as const,
      fraction: reputerFractions[i] ?? 0,
      amountUallo: reputersUallo[i] ?? 0n,
      delegatorsUallo: delegatorsUallo[i] ?? 0n,
      delegatedUallo,
    }))
    .filter((payment) => payment.amountUallo + payment.delegatorsUallo > 0n);

/** Rewards of roles in which nobody has a share (reputers without stake, say): these go back where they came from. */
function undistributedUallo(core: EpochRewards, leftUallo: bigint): bigint {
  const roles = [
    { fractions: core.infererFractions, reward: core.inferenceTaskReward },
    { fractions: core.forecasterFractions, reward: core.forecastingTaskReward },
    { fractions: core.reputerFractions, reward: core.reputerTaskReward },
  ];
  const undueUallo = roles
    .filter(({ fractions }) => fractions.every((fraction) => !fraction))
    .reduce((sum, { reward }) => sum + truncateToBigint(reward), 0n);
  return undueUallo < leftUallo ? undueUallo : leftUallo;
}
