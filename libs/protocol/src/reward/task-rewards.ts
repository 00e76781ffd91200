import { ProtocolError } from '../errors';
import { ema, saturate } from '../numeric';
import { IDLE_CHI, IDLE_SCORE_RATIO } from '../reference-profile';
import type { Row } from '../regret/regret-table';

const CHI_MIN = 0.1;
const CHI_SLOPE = 0.4;
const CHI_MAX = 0.5;

export interface ForecastValue {
  /** T = L^- - L, log10 loss. */
  readonly taskScore: number;
  /** tau, what is stored for the next epoch. */
  readonly scoreRatio: number;
  /** Share of forecasting in the workers' reward, 0.1 to 0.5. */
  readonly chi: number;
}

/** chi and tau of section 9: what the forecasters' work is worth beside the best inferer's. */
export function forecastValue(options: {
  readonly naiveLoss: number;
  readonly combinedLoss: number;
  readonly infererScores: Row;
  readonly previousScoreRatio: number;
  readonly taskRewardAlpha: number;
}): ForecastValue {
  const taskScore = saturate(options.naiveLoss - options.combinedLoss);
  let top = 0;
  for (const score of options.infererScores) if (score !== null && score > top) top = score;
  if (top === 0 && taskScore === 0) return { taskScore, scoreRatio: IDLE_SCORE_RATIO, chi: IDLE_CHI };
  const ratio = top > 0 ? saturate(taskScore / top) : Math.sign(taskScore);
  const scoreRatio = ema(options.taskRewardAlpha, ratio, options.previousScoreRatio);
  return { taskScore, scoreRatio, chi: chiOf(scoreRatio) };
}

function chiOf(scoreRatio: number): number {
  if (scoreRatio < 0) return CHI_MIN;
  return scoreRatio >= 1 ? CHI_MAX : CHI_SLOPE * scoreRatio + CHI_MIN;
}

export interface TaskRewards {
  readonly gamma: number;
  readonly inferenceTaskReward: number;
  readonly forecastingTaskReward: number;
  readonly reputerTaskReward: number;
}

/**
 * Gamma and the rewards U, V, W of the three tasks (section 9), in the unit of `topicReward`; U + V + W is the topic
 * reward. Where neither workers' role has entropy, gamma has no value and stands at 1.
 */
export function taskRewards(options: {
  readonly topicReward: number;
  readonly chi: number;
  readonly inferenceEntropy: number;
  readonly forecastingEntropy: number;
  readonly reputerEntropy: number;
}): TaskRewards {
  // Entropies enter only as ratios; a quarter of each keeps their sum in range.
  const inference = options.inferenceEntropy / 4;
  const forecasting = options.forecastingEntropy / 4;
  const reputation = options.reputerEntropy / 4;
  const total = inference + forecasting + reputation;
  if (total === 0) {
    throw new ProtocolError(
      'ENTROPY_UNDEFINED',
      'all three entropies are 0, so no task has a share of the reward',
    );
  }
  const weighed = (1 - options.chi) * inference + options.chi * forecasting;
  const gamma = weighed === 0 ? 1 : (inference + forecasting) / weighed;
  const reward = (share: number): number => saturate((share / total) * options.topicReward);
  return {
    gamma,
    inferenceTaskReward: reward((1 - options.chi) * gamma * inference),
    forecastingTaskReward: reward(options.chi * gamma * forecasting),
    reputerTaskReward: reward(reputation),
  };
}
