import { EpochOutcome, type EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { ProtocolError } from '@allora/protocol/errors';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { type EpochRewards as CoreRewards, rewardEpoch } from '@allora/protocol/reward/participant-rewards';
import { payouts } from '@allora/protocol/reward/payouts';
import { truncateToBigint, ualloToAllo } from '@allora/protocol/uallo';

export type RewardRoleName = 'inferer' | 'forecaster' | 'reputer';
type ByRole<T> = Readonly<Record<RewardRoleName, T>>;
type Fractions = ByRole<ReadonlyMap<string, number>>;

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
}

/** This epoch's own scores by role, in ascending order of id. */
type OwnScores = Readonly<Record<'inferer' | 'forecaster', readonly number[]>>;

export type EpochPayout = { readonly ownScores: OwnScores } & (
  | {
      readonly kind: 'paid';
      /** What is issued: all payments and the dust. */
      readonly emissionUallo: bigint;
      readonly dustUallo: bigint;
      /** Above zero, by role, then in ascending order of participant. */
      readonly payments: readonly RolePayment[];
      readonly core: CoreRewards;
      readonly next: Pick<RewardState, 'scoreRatio' | 'smoothedFractions'>;
    }
  /** Nobody was scored. */
  | { readonly kind: 'empty' }
  /** The formulas have no answer for these scores. */
  | { readonly kind: 'undefined'; readonly reason: ProtocolError }
);

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

/** What an epoch issues and to whom (section 9); money is whole uallo throughout, and what truncation leaves is dust. */
export function payEpoch(input: {
  readonly scores: EpochScores;
  readonly state: RewardState;
  readonly emissionUalloPerBlock: bigint;
}): EpochPayout {
  const { scores } = input;
  if (scores.outcome !== EpochOutcome.SCORED)
    return { kind: 'empty', ownScores: { inferer: [], forecaster: [] } };
  const ownScores = { inferer: scoredInferers(scores).scores, forecaster: scoredForecasters(scores).scores };
  try {
    return { ...reward(input, ownScores), ownScores };
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: 'undefined', reason: error, ownScores };
    throw error;
  }
}

function reward(
  { scores, state, emissionUalloPerBlock }: Parameters<typeof payEpoch>[0],
  ownScores: OwnScores,
): Omit<Extract<EpochPayout, { kind: 'paid' }>, 'ownScores'> {
  if (!scores.params) throw new Error(`scores of ${scores.topicId}/${scores.nonce} carry no parameters`);
  const emissionUallo = emissionUalloPerBlock * BigInt(scores.params.epochLengthBlocks);
  const inferers = scoredInferers(scores);
  const forecasters = scoredForecasters(scores);
  const reputers = scoredReputers(scores);
  const previous = (role: RewardRoleName, ids: readonly string[]) =>
    ids.map((id) => state.smoothedFractions[role].get(id) ?? null);
  const core = rewardEpoch(
    {
      inferers: inferers.ids,
      forecasters: forecasters.ids,
      reputers: reputers.ids,
      infererScores: inferers.scores,
      forecasterScores: forecasters.scores,
      reputerScores: reputers.scores,
      stakes: reputers.entries.map((entry) => allo(entry.stakeUallo)),
      delegatedStakes: reputers.entries.map((entry) => allo(entry.delegatedUallo)),
      infererScoreHistory: withOwn(ownScores.inferer, state.scoreHistory.inferer),
      forecasterScoreHistory: withOwn(ownScores.forecaster, state.scoreHistory.forecaster),
      previousInfererFractions: previous('inferer', inferers.ids),
      previousForecasterFractions: previous('forecaster', forecasters.ids),
      previousReputerFractions: previous('reputer', reputers.ids),
      previousScoreRatio: state.scoreRatio,
      naiveLoss: scores.naiveLoss,
      combinedLoss: scores.combinedLoss,
      topicReward: Number(emissionUallo),
    },
    { ...DEFAULT_PARAMS, epsilon: scores.params.epsilon },
  );
  const ids = { inferer: inferers.ids, forecaster: forecasters.ids, reputer: reputers.ids };
  return {
    kind: 'paid',
    ...issue(core, ids, emissionUallo),
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

/** Whole uallo of each role's participants; the delegators' part is nothing while nobody can delegate. */
function issue(core: CoreRewards, ids: ByRole<readonly string[]>, emissionUallo: bigint) {
  const due = payouts(core, emissionUallo);
  const undueUallo = undistributedUallo(core, due.dustUallo);
  const ofRole = (
    role: RewardRoleName,
    amounts: readonly bigint[],
    fractions: readonly (number | null)[],
  ): RolePayment[] =>
    ids[role]
      .map((participant, i) => ({
        participant,
        role,
        fraction: fractions[i] ?? 0,
        amountUallo: amounts[i] ?? 0n,
      }))
      .filter(({ amountUallo }) => amountUallo > 0n);
  return {
    emissionUallo: emissionUallo - undueUallo,
    dustUallo: due.dustUallo - undueUallo,
    payments: [
      ...ofRole('inferer', due.inferersUallo, core.infererFractions),
      ...ofRole('forecaster', due.forecastersUallo, core.forecasterFractions),
      ...ofRole('reputer', due.reputersUallo, core.reputerFractions),
    ],
  };
}

/** Rewards of roles in which nobody has a share (reputers without stake, say): these are not issued at all. */
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
