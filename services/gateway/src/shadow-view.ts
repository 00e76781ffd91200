import type { KnownShadow } from './shadows.store';

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

export const shadowView = (shadow: KnownShadow) => ({
  topicId: Number(shadow.topicId),
  address: shadow.address,
  role: shadow.role,
  current: shadow.current,
  answeredEpochs: shadow.answeredEpochs,
  lastNonce: numberOrNull(shadow.lastNonce),
  weight: shadow.weight,
  scoredEpochs: shadow.scoredEpochs,
  helpedEpochs: shadow.helpedEpochs,
  scoredNonce: numberOrNull(shadow.scoredNonce),
  loss: shadow.loss,
  contribution: shadow.contribution,
  meanLoss: shadow.scoredEpochs === 0 ? null : shadow.lossSum / shadow.scoredEpochs,
  meanContribution: shadow.scoredEpochs === 0 ? null : shadow.contributionSum / shadow.scoredEpochs,
});

/** The most helpful first; those never scored last. */
export const byContribution = (a: ReturnType<typeof shadowView>, b: ReturnType<typeof shadowView>): number =>
  (b.meanContribution ?? -Infinity) - (a.meanContribution ?? -Infinity) || 0;
