import {
  DEFAULT_PARAMS,
  type RegretParams,
  type RewardParams,
  type ScoreParams,
  type SynthesisParams,
} from '../params';
import type { TopicRules } from './topic-params';

/** What each stage of an epoch runs under: the topic's own rules, and the network's where the creator has no say. */
export const synthesisParams = ({
  pNorm,
  epsilon,
}: Pick<TopicRules, 'pNorm' | 'epsilon'>): SynthesisParams => ({
  ...DEFAULT_PARAMS,
  pNorm,
  epsilon,
});

export const regretParams = ({
  pNorm,
  epsilon,
  alphaRegret,
}: Pick<TopicRules, 'pNorm' | 'epsilon' | 'alphaRegret'>): RegretParams => ({
  ...DEFAULT_PARAMS,
  pNorm,
  epsilon,
  alphaRegret,
});

type ScoreRules =
  'meritSortitionAlpha' | 'activeInfererQuantile' | 'activeForecasterQuantile' | 'activeReputerQuantile';

export const scoreParams = (rules: Pick<TopicRules, ScoreRules>): ScoreParams => ({
  ...DEFAULT_PARAMS,
  meritSortitionAlpha: rules.meritSortitionAlpha,
  activeInfererQuantile: rules.activeInfererQuantile,
  activeForecasterQuantile: rules.activeForecasterQuantile,
  activeReputerQuantile: rules.activeReputerQuantile,
});

export const rewardParams = ({ epsilon }: Pick<TopicRules, 'epsilon'>): RewardParams => ({
  ...DEFAULT_PARAMS,
  epsilon,
});
