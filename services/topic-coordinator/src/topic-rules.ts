import { RefusalError } from '@allora/contracts/errors';
import { checkTopicParams, type TopicRules } from '@allora/protocol/epoch/topic-params';
import { checkLossMethod } from '@allora/protocol/loss/topic-loss';

/** Refuses parameters that no topic may have, with every one that is wrong. */
export function refuseParams(params: TopicRules): void {
  const verdict = checkTopicParams(params);
  if (verdict.verdict === 'accepted') return;
  const told = verdict.violations.map(({ field, value, bound }) => `${field} is ${value}, expected ${bound}`);
  throw new RefusalError(verdict.code, told.join('; '), { violations: verdict.violations });
}

/** Refuses a loss that no reputer could compute. */
export function refuseLossMethod(lossMethod: string): void {
  const verdict = checkLossMethod(lossMethod);
  if (verdict.verdict === 'accepted') return;
  const { code, reason } = verdict;
  const violation = { field: 'lossMethod', value: lossMethod, bound: reason };
  throw new RefusalError(code, `lossMethod is "${lossMethod}": ${reason}`, { violations: [violation] });
}

export const unknownTopic = (topicId: number) =>
  new RefusalError('UNKNOWN_TOPIC', `there is no topic ${topicId}`, { topicId });
