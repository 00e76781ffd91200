import { ProtocolError } from '../errors';
import { checkParams, REWARD_PARAMETERS, type RewardParams } from '../params';
import type { MaybeNumber, Row } from '../regret/regret-table';
import { requireAscending, requireLength, requireStakes } from '../shape';
import { roleEntropy, type RoleEntropy } from './entropy';
import { reputerFractions, scoreWindow, workerFractions } from './fractions';
import { forecastValue, taskRewards } from './task-rewards';

/** One epoch to pay; ids ascending, arrays aligned; null scores = not scored this epoch. */
export interface RewardInput {
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  readonly reputers: readonly string[];
  readonly infererScores: Row;
  readonly forecasterScores: Row;
  readonly reputerScores: Row;
  /** [M] own plus delegated, any one unit. */
  readonly stakes: readonly number[];
  /** [M] the delegated part of `stakes`. */
  readonly delegatedStakes: readonly number[];
  /** Stored blocks of scores, newest (this epoch) first, each in id order. */
  readonly infererScoreHistory: readonly (readonly number[])[];
  readonly forecasterScoreHistory: readonly (readonly number[])[];
  /** Smoothed fractions stored at the last payment; null = none. */
  readonly previousInfererFractions: Row;
  readonly previousForecasterFractions: Row;
  readonly previousReputerFractions: Row;
  /** tau; 0 for a new topic. */
  readonly previousScoreRatio: number;
  readonly naiveLoss: number;
  readonly combinedLoss: number;
  /** uallo */
  readonly topicReward: number;
}

/** Fractions and rewards are null for participants without a score. Rewards in uallo, not yet truncated. */
export interface EpochRewards {
  readonly infererFractions: readonly MaybeNumber[];
  readonly infererSmoothedFractions: readonly MaybeNumber[];
  readonly forecasterFractions: readonly MaybeNumber[];
  /** Null: what is stored stays. */
  readonly forecasterSmoothedFractions: readonly MaybeNumber[] | null;
  readonly reputerFractions: readonly MaybeNumber[];
  readonly reputerSmoothedFractions: readonly MaybeNumber[];
  readonly inferenceEntropy: number;
  readonly forecastingEntropy: number;
  readonly reputerEntropy: number;
  readonly taskScore: number;
  readonly scoreRatio: number;
  readonly chi: number;
  readonly gamma: number;
  readonly inferenceTaskReward: number;
  readonly forecastingTaskReward: number;
  readonly reputerTaskReward: number;
  readonly infererRewards: readonly MaybeNumber[];
  readonly forecasterRewards: readonly MaybeNumber[];
  /** Net of what the delegators get. */
  readonly reputerRewards: readonly MaybeNumber[];
  /** Whole uallo, all delegators of a reputer together. */
  readonly delegatorRewards: readonly MaybeNumber[];
}

/** Section 9: fractions, entropies, task rewards and every participant's reward of one epoch. */
export function rewardEpoch(input: RewardInput, params: RewardParams): EpochRewards {
  checkParams(params, REWARD_PARAMETERS);
  checkRewardInput(input);
  const fractions = roleFractions(input, params);
  const entropies = roleEntropies(input, fractions, params);
  const value = forecastValue({ ...input, taskRewardAlpha: params.taskRewardAlpha });
  const tasks = taskRewards({
    topicReward: input.topicReward,
    chi: value.chi,
    inferenceEntropy: entropies.inferers.entropy,
    forecastingEntropy: entropies.forecasters?.entropy ?? 0,
    reputerEntropy: entropies.reputers.entropy,
  });
  const pay = (row: Row, reward: number): MaybeNumber[] => row.map((x) => (x === null ? null : x * reward));
  const gross = pay(fractions.reputers, tasks.reputerTaskReward);
  const delegators = gross.map((reward, m) =>
    reward === null ? null : delegatorPart(reward, input.delegatedStakes[m]!, input.stakes[m]!),
  );
  return {
    infererFractions: fractions.inferers,
    infererSmoothedFractions: entropies.inferers.smoothedFractions,
    forecasterFractions: fractions.forecasters,
    forecasterSmoothedFractions: entropies.forecasters?.smoothedFractions ?? null,
    reputerFractions: fractions.reputers,
    reputerSmoothedFractions: entropies.reputers.smoothedFractions,
    inferenceEntropy: entropies.inferers.entropy,
    forecastingEntropy: entropies.forecasters?.entropy ?? 0,
    reputerEntropy: entropies.reputers.entropy,
    ...value,
    ...tasks,
    infererRewards: pay(fractions.inferers, tasks.inferenceTaskReward),
    forecasterRewards: pay(fractions.forecasters, tasks.forecastingTaskReward),
    reputerRewards: gross.map((reward, m) => (reward === null ? null : reward - delegators[m]!)),
    delegatorRewards: delegators,
  };
}

/** The delegators' part of a reputer's gross reward, in whole uallo; rounding must not take it past the whole. */
function delegatorPart(gross: number, delegated: number, stake: number): number {
  if (stake === 0) return 0;
  const product = gross * delegated;
  const part = product > 1e-290 && product < Infinity ? product / stake : gross * (delegated / stake);
  return Math.floor(Math.min(part, gross));
}

interface Roles<F> {
  readonly inferers: RoleEntropy;
  readonly forecasters: F;
  readonly reputers: RoleEntropy;
}

interface RoleFractions {
  readonly inferers: Row;
  readonly forecasters: Row;
  readonly reputers: Row;
}

function roleFractions(input: RewardInput, params: RewardParams): RoleFractions {
  const { epsilon, maxSamples } = params;
  return {
    inferers: workerFractions(input.infererScores, scoreWindow(input.infererScoreHistory, maxSamples), {
      p: params.pRewardInference,
      c: params.cRewardInference,
      epsilon,
    }),
    forecasters: workerFractions(
      input.forecasterScores,
      scoreWindow(input.forecasterScoreHistory, maxSamples),
      {
        p: params.pRewardForecast,
        c: params.cRewardForecast,
        epsilon,
      },
    ),
    reputers: reputerFractions(input.reputerScores, input.stakes, params.pRewardReputer),
  };
}

function roleEntropies(
  input: RewardInput,
  fractions: RoleFractions,
  params: RewardParams,
): Roles<RoleEntropy | null> {
  const scored = (row: Row): number => row.filter((x) => x !== null).length;
  // A forecaster of a single inferer has nothing to tell apart, so forecasting then has no share.
  const forecasting = scored(fractions.forecasters) > 0 && scored(fractions.inferers) > 1;
  return {
    inferers: roleEntropy('inferer', fractions.inferers, input.previousInfererFractions, params),
    forecasters: forecasting
      ? roleEntropy('forecaster', fractions.forecasters, input.previousForecasterFractions, params)
      : null,
    reputers: roleEntropy('reputer', fractions.reputers, input.previousReputerFractions, params),
  };
}

function checkRewardInput(input: RewardInput): void {
  const { inferers, forecasters, reputers } = input;
  requireAscending('inferers', inferers);
  requireAscending('forecasters', forecasters);
  requireAscending('reputers', reputers);
  requireLength('infererScores', input.infererScores.length, inferers.length);
  requireLength('forecasterScores', input.forecasterScores.length, forecasters.length);
  requireLength('reputerScores', input.reputerScores.length, reputers.length);
  requireLength('stakes', input.stakes.length, reputers.length);
  requireLength('delegatedStakes', input.delegatedStakes.length, reputers.length);
  requireLength('previousInfererFractions', input.previousInfererFractions.length, inferers.length);
  requireLength('previousForecasterFractions', input.previousForecasterFractions.length, forecasters.length);
  requireLength('previousReputerFractions', input.previousReputerFractions.length, reputers.length);
  requireStakes('stakes', input.stakes);
  requireStakes('delegatedStakes', input.delegatedStakes);
  requireFractions(input.previousInfererFractions);
  requireFractions(input.previousForecasterFractions);
  requireFractions(input.previousReputerFractions);
  refuseIf(
    input.delegatedStakes.some((part, m) => part > input.stakes[m]!),
    'delegated stake exceeds the stake',
  );
  refuseIf(
    input.reputerScores.some((score) => score !== null && score < 0),
    'a reputer score is negative',
  );
  refuseIf(
    !(input.topicReward >= 0 && input.topicReward < Infinity),
    'the topic reward is negative or infinite',
  );
}

function requireFractions(row: Row): void {
  refuseIf(
    row.some((x) => x !== null && !(x >= 0 && x <= 1)),
    'a stored reward fraction is outside 0..1',
  );
}

function refuseIf(wrong: boolean, what: string): void {
  if (wrong)
    throw new ProtocolError('INVALID_INPUT', `${what}; pass values as an earlier stage returned them`);
}
