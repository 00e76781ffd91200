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

export const weightNow = (topic: TopicState, network: NetworkState): number =>
  weigh({ ...topic, feeRevenueUallo: feesOf(topic) }, network).weight;

/** Where a topic stands between its epochs; the weight is what its epoch would end with now, and is stored only then. */
export function topicStanding(book: Book, topicId: number): TopicWeightChange {
  const topic = topicOf(book, topicId);
  return {
    topicId,
    height: book.network.height,
    weight: weightNow(topic, book.network),
    stakeUallo: topic.stakeUallo,
    feeRevenueUallo: feesOf(topic),
    active: topic.active,
  };
}

/** All fees of a topic that are not dripped away, those included that count only at the end of an epoch to come. */
export const feesOf = ({ feeRevenueUallo, pendingFees }: TopicState): bigint =>
  pendingFees.reduce((total, { amountUallo }) => total + amountUallo, feeRevenueUallo);

/**
 * A fee that came with an epoch counts from the end of the epoch of `countNonce` on. When it is read does not matter then:
 * the same epochs weigh the same, in whatever order their sets, scores and blocks arrive.
 */
export function recordEpochFee(book: Book, topicId: number, countNonce: number, amountUallo: bigint): void {
  if (amountUallo === 0n) return;
  const { pendingFees } = topicOf(book, topicId);
  const before = pendingFees.find((fee) => fee.countNonce === countNonce)?.amountUallo ?? 0n;
  const others = pendingFees.filter((fee) => fee.countNonce !== countNonce);
  const fees = [...others, { countNonce, amountUallo: before + amountUallo }];
  changeTopic(book, topicId, { pendingFees: fees.sort((a, b) => a.countNonce - b.countNonce) });
}

/** Counts the fees that came with epochs up to this one, now that it ends. */
export function countEpochFees(book: Book, topicId: number, nonce: number): void {
  const topic = topicOf(book, topicId);
  const pendingFees = topic.pendingFees.filter(({ countNonce }) => countNonce > nonce);
  if (pendingFees.length === topic.pendingFees.length) return;
  const later = pendingFees.reduce((total, { amountUallo }) => total + amountUallo, 0n);
  changeTopic(book, topicId, { pendingFees, feeRevenueUallo: feesOf(topic) - later });
}

/** A fee that entered the treasury counts as revenue of its topic. */
export function recordFee(book: Book, topicId: number, amountUallo: bigint): void {
  changeTopic(book, topicId, { feeRevenueUallo: topicOf(book, topicId).feeRevenueUallo + amountUallo });
}

/** Starts an inactive topic again where its fees and stake have come to weigh enough. */
export function reactivate(book: Book, rules: EconomyRules, topicId: number): void {
  const topic = topicOf(book, topicId);
  if (topic.active || weightNow(topic, book.network) < rules.minTopicWeight) return;
  changeTopic(book, topicId, { active: true });
}
