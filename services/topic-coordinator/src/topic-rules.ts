import { RefusalError } from '@allora/contracts/errors';
import { checkTopicParams, type TopicRules } from '@allora/protocol/epoch/topic-params';

/** Refuses parameters that no topic may have, with every one that is wrong. */
export function refuseParams(params: TopicRules): void {
  const verdict = checkTopicParams(params);
  if (verdict.verdict === 'accepted') return;
  const told = verdict.violations.map(({ field, value, bound }) => `${field} is ${value}, expected ${bound}`);
  throw new RefusalError(verdict.code, told.join('; '), { violations: verdict.violations });
}

export const unknownTopic = (topicId: number) =>
  new RefusalError('UNKNOWN_TOPIC', `there is no topic ${topicId}`, { topicId });
