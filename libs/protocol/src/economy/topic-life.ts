import { DEFAULT_PARAMS, type TopicParams } from '../params';
import { topicWeights, type TopicWeights } from '../reward/topic-share';
import type { Book, EconomyRules, NetworkState, TopicState } from './book';

/** A topic's standing in the economy, as it is told to all. */
export interface TopicWeightChange {
  readonly topicId: number;
  readonly height: number;
  readonly weight: number;
  readonly stakeUallo: bigint;
  readonly feeRevenueUallo: bigint;
  readonly active: boolean;
}

export const findTopic = (book: Book, topicId: number): TopicState | undefined =>
  book.topics.get(String(topicId));

/** A topic that has to be there: whoever loaded the book saw to it. */
export function topicOf(book: Book, topicId: number): TopicState {
  const topic = findTopic(book, topicId);
  if (!topic) throw new Error(`topic ${topicId} is not in the book`);
  return topic;
}

export function changeTopic(book: Book, topicId: number, change: Partial<TopicState>): void {
  book.topics.set(String(topicId), { ...topicOf(book, topicId), ...change });
}

const topicParams = ({ blocksPerMonth }: NetworkState): TopicParams => ({
  ...DEFAULT_PARAMS,
  blocksPerMonth,
});

/** Section 10 for one topic as it stands: smoothed weight, and the fees after the drip of an epoch. */
export function weigh(topic: TopicState, network: NetworkState): { weight: number; drippedUallo: bigint } {
  const { weights, feeRevenuesAfter }: TopicWeights = topicWeights(
    {
      topics: ['topic'],
      stakes: [Number(topic.stakeUallo)],
      feeRevenues: [Number(topic.feeRevenueUallo)],
      epochLengths: [topic.epochLengthBlocks],
      previousWeights: [topic.weight],
    },
    topicParams(network),
  );
  const dripped = BigInt(feeRevenuesAfter[0]!);
  return {
    weight: weights[0]!,
    // Fees beyond 2^53 are rounded as doubles; the drip must not add to them.
    drippedUallo: dripped < topic.feeRevenueUallo ? dripped : topic.feeRevenueUallo,
  };
}

/** Where a topic stands between its epochs; the weight is what its epoch would end with now, and is stored only then. */
export function topicStanding(book: Book, topicId: number): TopicWeightChange {
  const topic = topicOf(book, topicId);
  return {
    topicId,
    height: book.network.height,
    weight: weigh(topic, book.network).weight,
    stakeUallo: topic.stakeUallo,
    feeRevenueUallo: topic.feeRevenueUallo,
    active: topic.active,
  };
}

/** A fee that entered the treasury counts as revenue of its topic. */
export function recordFee(book: Book, topicId: number, amountUallo: bigint): void {
  changeTopic(book, topicId, { feeRevenueUallo: topicOf(book, topicId).feeRevenueUallo + amountUallo });
}

/** Starts an inactive topic again where its fees and stake have come to weigh enough. */
export function reactivate(book: Book, rules: EconomyRules, topicId: number): void {
  const topic = topicOf(book, topicId);
  if (topic.active || weigh(topic, book.network).weight < rules.minTopicWeight) return;
  changeTopic(book, topicId, { active: true });
}
