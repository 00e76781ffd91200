import { ProtocolError } from '../errors';
import { ema, maxAbs, power, saturate, scaleTo1, sum } from '../numeric';
import { checkParams, TOPIC_PARAMETERS, type TopicParams } from '../params';
import { WEEKS_PER_MONTH } from '../reference-profile';
import type { MaybeNumber, Row } from '../regret/regret-table';
import { requireAscending, requireLength, requireStakes } from '../shape';

/** Topics whose epoch ends now; ids ascending, arrays aligned. */
export interface TopicWeightInput {
  readonly topics: readonly string[];
  /** Total stake on each topic, uallo or any one unit. */
  readonly stakes: readonly number[];
  /** Undripped fees, whole uallo. */
  readonly feeRevenues: readonly number[];
  /** Blocks. */
  readonly epochLengths: readonly number[];
  /** Null = no weight stored yet. */
  readonly previousWeights: Row;
}

export interface TopicWeights {
  readonly weights: readonly number[];
  /** What stays of the fees after this epoch's drip, whole uallo. */
  readonly feeRevenuesAfter: readonly number[];
}

/** Section 10: weight of each topic, stake^mu (fees per block)^nu smoothed over epochs, and the drip of its fees. */
export function topicWeights(input: TopicWeightInput, params: TopicParams): TopicWeights {
  checkParams(params, TOPIC_PARAMETERS);
  checkTopics(input.topics, input.epochLengths);
  requireLength('stakes', input.stakes.length, input.topics.length);
  requireLength('feeRevenues', input.feeRevenues.length, input.topics.length);
  requireLength('previousWeights', input.previousWeights.length, input.topics.length);
  requireStakes('stakes', input.stakes);
  requireStakes('feeRevenues', input.feeRevenues);
  return {
    weights: input.topics.map((_, t) => {
      const fees = input.feeRevenues[t]!;
      if (fees === 0) return 0;
      const stakePart = power(input.stakes[t]!, params.stakeImportance);
      const feePart = power(fees / input.epochLengths[t]!, params.feeImportance);
      return ema(params.topicRewardAlpha, saturate(stakePart * feePart), input.previousWeights[t]!);
    }),
    feeRevenuesAfter: input.feeRevenues.map((fees, t) =>
      dripFees(fees, input.epochLengths[t]!, params.blocksPerMonth),
    ),
  };
}

/** What stays of a topic's fees after one epoch: a week's worth of epochs drips them away. */
export function dripFees(feeRevenue: number, epochLength: number, blocksPerMonth: number): number {
  const epochsPerWeek = blocksPerMonth / WEEKS_PER_MONTH / epochLength;
  return Math.floor(Math.max(0, feeRevenue - feeRevenue / epochsPerWeek));
}

export interface TopicRewardInput {
  readonly topics: readonly string[];
  /** Weights of the topics whose epoch ends in this block. */
  readonly weights: readonly number[];
  /** Blocks. */
  readonly epochLengths: readonly number[];
  /** Sum of the last stored weights of all topics, active or not. */
  readonly totalWeight: number;
  /** What the rewards account got of this block's emission. */
  readonly emissionPerBlock: number;
  /** Balance of the rewards account, in the unit of `emissionPerBlock`. */
  readonly treasury: number;
  /** Most topics paid in this block. */
  readonly paidTopics: number;
}

export interface TopicRewards {
  /** Ids of the heaviest topics, ascending. */
  readonly paid: readonly string[];
  /** In the unit of the treasury; null = not paid. */
  readonly rewards: readonly MaybeNumber[];
}

/** Section 10: the reward of each of the heaviest topics; ties go to the lower id. Never more than the treasury. */
export function topicRewards(input: TopicRewardInput): TopicRewards {
  checkTopics(input.topics, input.epochLengths);
  requireLength('weights', input.weights.length, input.topics.length);
  requireStakes('weights', input.weights);
  requireStakes('treasury, emission and total', [input.treasury, input.emissionPerBlock, input.totalWeight]);
  const chosen = heaviest(input.weights, input.paidTopics);
  const paid = chosen.map((t) => input.topics[t]!);
  const rewards = new Array<MaybeNumber>(input.topics.length).fill(null);
  const due = chosen.filter((t) => input.weights[t]! > 0);
  if (input.treasury === 0 || due.length === 0) return { paid, rewards };
  if (input.totalWeight === 0) {
    throw new ProtocolError(
      'ZERO_TOTAL_WEIGHT',
      'the total topic weight is 0; add up the stored weights first',
    );
  }
  payTopics(input, due).forEach((reward, n) => {
    rewards[due[n]!] = reward;
  });
  return { paid, rewards };
}

function payTopics(input: TopicRewardInput, due: readonly number[]): number[] {
  const { weights, epochLengths, treasury } = input;
  const wanted = due.map((t) => {
    const perBlock = saturate((weights[t]! / input.totalWeight) * input.emissionPerBlock);
    return saturate(perBlock * epochLengths[t]!);
  });
  if (sum(wanted) <= treasury) return wanted;
  if (due.length === 1) return [treasury];
  const scale = scaleTo1(maxAbs(due.map((t) => weights[t]!)));
  const parts = due.map((t) => weights[t]! * scale * epochLengths[t]!);
  const total = sum(parts);
  return parts.map((part) => treasury * (part / total));
}

/** Places of the `count` largest weights in id order; ties go to the lower id. */
function heaviest(weights: readonly number[], count: number): number[] {
  return weights
    .map((_, t) => t)
    .sort((a, b) => (weights[a] === weights[b] ? a - b : weights[a]! < weights[b]! ? 1 : -1))
    .slice(0, Math.max(0, count))
    .sort((a, b) => a - b);
}

/** Longest epoch the arithmetic is proven for, in blocks: longer than any chain has run. */
const EPOCH_LENGTH_MAX = 1e12;

function checkTopics(topics: readonly string[], epochLengths: readonly number[]): void {
  requireAscending('topics', topics);
  requireLength('epochLengths', epochLengths.length, topics.length);
  for (const blocks of epochLengths) {
    if (!(Number.isInteger(blocks) && blocks >= 1 && blocks <= EPOCH_LENGTH_MAX)) {
      throw new ProtocolError('INVALID_INPUT', `an epoch of ${blocks} blocks; give a whole number from 1 on`);
    }
  }
}
