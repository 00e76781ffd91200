import {
  EpochOutcome,
  type EpochScores,
  type ReputerScore,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { rewardParams } from '@allora/protocol/epoch/stage-params';
import { ProtocolError } from '@allora/protocol/errors';
import type { RewardParams } from '@allora/protocol/params';
import {
  type EpochRewards as CoreRewards,
  rewardEpoch,
  type RewardInput,
} from '@allora/protocol/reward/participant-rewards';
import { payouts, type Payouts } from '@allora/protocol/reward/payouts';
import { truncateToBigint, ualloToAllo } from '@allora/protocol/uallo';

export type RewardRoleName = 'inferer' | 'forecaster' | 'reputer';
type Fractions = Readonly<Record<RewardRoleName, ReadonlyMap<string, number>>>;

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

/** This epoch's own scores by role, in ascending order of id. */
type OwnScores = Readonly<Record<'inferer' | 'forecaster', readonly number[]>>;

export type EpochPayout = { readonly ownScores: OwnScores } & (
  | {
      readonly kind: 'paid';
      readonly dustUallo: bigint;
      /** Above zero, by role, then in ascending order of participant; what they and the dust leave was not earned. */
      readonly payments: readonly RolePayment[];
      readonly core: CoreRewards;
      readonly next: Pick<RewardState, 'scoreRatio' | 'smoothedFractions'>;
    }
  /** Nobody was scored. */
  | { readonly kind: 'empty' }
  /** The formulas have no answer for these scores. */
  | { readonly kind: 'undefined'; readonly reason: ProtocolError }
);

export interface PayoutInput {
  readonly scores: EpochScores;
  readonly state: RewardState;
  /** Set aside when the epoch ended. */
  readonly emissionUallo: bigint;
}

interface Scored {
  readonly ids: readonly string[];
  readonly scores: readonly number[];
}

const allo = (uallo: string): number => ualloToAllo(BigInt(uallo));

/** Those with a score: the passive ones and the ones without a loss have none, and are not paid. */
function scored<T extends { readonly score?: number | undefined }>(
  list: readonly T[],
  idOf: (entry: T) => string,
): Scored & { readonly entries: readonly T[] } {
  const entries = list.filter((entry) => entry.score !== undefined);
  return { entries, ids: entries.map(idOf), scores: entries.map((entry) => entry.score ?? 0) };
}

const scoredInferers = ({ inferers }: EpochScores) => scored(inferers, (entry) => entry.participant);
const scoredForecasters = ({ forecasters }: EpochScores) => scored(forecasters, (entry) => entry.participant);
const scoredReputers = ({ reputers }: EpochScores) => scored(reputers, (entry) => entry.reputer);

/** Everyone whom the rewards of these scores may concern. */
export const scoredIds = (scores: EpochScores): string[] => [
  ...new Set([
    ...scoredInferers(scores).ids,
    ...scoredForecasters(scores).ids,
    ...scoredReputers(scores).ids,
  ]),
];

/** To whom what an epoch has to give goes (section 9); money is whole uallo throughout, and what truncation leaves is dust. */
export function payEpoch(input: PayoutInput): EpochPayout {
  const { scores } = input;
  if (scores.outcome !== EpochOutcome.SCORED)
    return { kind: 'empty', ownScores: { inferer: [], forecaster: [] } };
  const ownScores = { inferer: scoredInferers(scores).scores, forecaster: scoredForecasters(scores).scores };
  try {
    return { ...reward(input), ownScores };
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: 'undefined', reason: error, ownScores };
    throw error;
  }
}

/** Everything that an epoch's rewards are computed from. */
export function rewardInput({ scores, state, emissionUallo }: PayoutInput): RewardInput {
  const inferers = scoredInferers(scores);
  const forecasters = scoredForecasters(scores);
  const reputers = scoredReputers(scores);
  const previous = (role: RewardRoleName, ids: readonly string[]) =>
    ids.map((id) => state.smoothedFractions[role].get(id) ?? null);
  return {
    inferers: inferers.ids,
    forecasters: forecasters.ids,
    reputers: reputers.ids,
    infererScores: inferers.scores,
    forecasterScores: forecasters.scores,
    reputerScores: reputers.scores,
    stakes: reputers.entries.map((entry) => allo(entry.stakeUallo)),
    delegatedStakes: reputers.entries.map((entry) => allo(entry.delegatedUallo)),
    infererScoreHistory: withOwn(inferers.scores, state.scoreHistory.inferer),
    forecasterScoreHistory: withOwn(forecasters.scores, state.scoreHistory.forecaster),
    previousInfererFractions: previous('inferer', inferers.ids),
    previousForecasterFractions: previous('forecaster', forecasters.ids),
    previousReputerFractions: previous('reputer', reputers.ids),
    previousScoreRatio: state.scoreRatio,
    naiveLoss: scores.naiveLoss,
    combinedLoss: scores.combinedLoss,
    topicReward: Number(emissionUallo),
  };
}

/** The rules that an epoch is paid by: the topic's, and the network's where its creator has no say. */
export function rewardRules({ topicId, nonce, params }: EpochScores): RewardParams {
  if (!params) throw new Error(`scores of ${topicId}/${nonce} carry no parameters`);
  return rewardParams(params);
}

function reward(input: PayoutInput): Omit<Extract<EpochPayout, { kind: 'paid' }>, 'ownScores'> {
  const { scores, emissionUallo } = input;
  const core = rewardEpoch(rewardInput(input), rewardRules(scores));
  const inferers = scoredInferers(scores);
  const forecasters = scoredForecasters(scores);
  const reputers = scoredReputers(scores);
  const due = payouts(core, emissionUallo);
  return {
    kind: 'paid',
    dustUallo: due.dustUallo - undistributedUallo(core, due.dustUallo),
    payments: [
      ...workerPayments('inferer', inferers.ids, due.inferersUallo, core.infererFractions),
      ...workerPayments('forecaster', forecasters.ids, due.forecastersUallo, core.forecasterFractions),
      ...reputerPayments(reputers.entries, due, core),
    ],
    core,
    next: {
      scoreRatio: core.scoreRatio,
      smoothedFractions: {
        inferer: fractionsById(inferers.ids, core.infererSmoothedFractions),
        forecaster: fractionsById(forecasters.ids, core.forecasterSmoothedFractions ?? []),
        reputer: fractionsById(reputers.ids, core.reputerSmoothedFractions),
      },
    },
  };
}

/** The window starts with this epoch's own scores; an epoch without scores of the role left no list. */
const withOwn = (own: readonly number[], history: readonly (readonly number[])[]) =>
  own.length === 0 ? history : [own, ...history];

function fractionsById(
  ids: readonly string[],
  fractions: readonly (number | null)[],
): ReadonlyMap<string, number> {
  return new Map(ids.flatMap((id, i) => (fractions[i] == null ? [] : [[id, fractions[i]] as const])));
}

const workerPayments = (
  role: 'inferer' | 'forecaster',
  ids: readonly string[],
  amounts: readonly bigint[],
  fractions: readonly (number | null)[],
): RolePayment[] =>
  ids
    .map((participant, i) => ({
      participant,
      role,
      fraction: fractions[i] ?? 0,
      amountUallo: amounts[i] ?? 0n,
      delegatorsUallo: 0n,
      delegatedUallo: 0n,
    }))
    .filter(({ amountUallo }) => amountUallo > 0n);

const reputerPayments = (
  reputers: readonly ReputerScore[],
  { reputersUallo, delegatorsUallo }: Payouts,
  { reputerFractions }: CoreRewards,
): RolePayment[] =>
  reputers
    .map(({ reputer, delegatedUallo }, i) => ({
      participant: reputer,
      role: 'reputer' as const,
      fraction: reputerFractions[i] ?? 0,
      amountUallo: reputersUallo[i] ?? 0n,
      delegatorsUallo: delegatorsUallo[i] ?? 0n,
      delegatedUallo: BigInt(delegatedUallo),
    }))
    .filter((payment) => payment.amountUallo + payment.delegatorsUallo > 0n);

/** Rewards of roles in which nobody has a share (reputers without stake, say): these go back where they came from. */
function undistributedUallo(core: CoreRewards, leftUallo: bigint): bigint {
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
