import { balanceTransfer } from '../ledger/posting';
import { topicRewards } from '../reward/topic-share';
import { scaleDouble, splitUallo } from '../uallo';
import { EPOCH_REWARDS, REWARDS_POOL } from './accounts';
import { emissionKey, type Book, type EconomyRules } from './book';
import { balanceOf, postNonZero } from './post';
import { changeTopic, countEpochFees, topicOf, weigh, type TopicWeightChange } from './topic-life';

/** Fine enough for the share of any double. */
const SHARE_SCALE = 10n ** 36n;

/** An epoch whose last block was reached. */
export interface EndedEpoch {
  readonly topicId: number;
  readonly nonce: number;
  readonly height: number;
  readonly epochLengthBlocks: number;
}

interface WeighedEpoch extends EndedEpoch {
  readonly weight: number;
  readonly active: boolean;
}

/**
 * Section 10 for the epochs that end in one block: weights first, of all of them, then the drip of fees and what each of
 * the heaviest is given of the emission. Scores decide later to whom it goes. The book must hold every topic.
 */
export function endEpochs(
  book: Book,
  rules: EconomyRules,
  ended: readonly EndedEpoch[],
  blockRewardsUallo: bigint,
): TopicWeightChange[] {
  if (ended.length === 0) return [];
  const ordered = [...ended].sort((a, b) => a.topicId - b.topicId || a.nonce - b.nonce);
  for (const epoch of ordered) weighTopic(book, epoch);
  const weighed = ordered.map((epoch) => judge(book, rules, epoch));
  book.network = { ...book.network, totalWeight: totalWeight(book) };
  const amounts = emissionsOf(book, rules, weighed, blockRewardsUallo);
  weighed.forEach((epoch, i) => setAside(book, epoch, amounts[i]!, blockRewardsUallo));
  return weighed.map(({ topicId, height, weight, active }) => {
    const { stakeUallo, feeRevenueUallo } = topicOf(book, topicId);
    return { topicId, height, weight, stakeUallo, feeRevenueUallo, active };
  });
}

function weighTopic(book: Book, { topicId, nonce, epochLengthBlocks }: EndedEpoch): void {
  changeTopic(book, topicId, { epochLengthBlocks });
  countEpochFees(book, topicId, nonce);
  const { weight, drippedUallo } = weigh(topicOf(book, topicId), book.network);
  changeTopic(book, topicId, { weight, feeRevenueUallo: drippedUallo });
}

/** A topic has one weight in a block, even where two of its epochs end in it. */
function judge(book: Book, rules: EconomyRules, epoch: EndedEpoch): WeighedEpoch {
  const weight = topicOf(book, epoch.topicId).weight ?? 0;
  const active = weight >= rules.minTopicWeight;
  changeTopic(book, epoch.topicId, { active });
  return { ...epoch, weight, active };
}

/** Summed anew, in order of id: a running total of doubles would depend on the way to it. */
function totalWeight(book: Book): number {
  return [...book.topics.entries()]
    .sort(([a], [b]) => Number(a) - Number(b))
    .reduce((total, [, topic]) => total + (topic.weight ?? 0), 0);
}

/** Whole uallo for each epoch, 0 for those that are not paid. */
function emissionsOf(
  book: Book,
  rules: EconomyRules,
  epochs: readonly WeighedEpoch[],
  blockRewardsUallo: bigint,
): bigint[] {
  const poolUallo = balanceOf(book, REWARDS_POOL);
  const { totalWeight } = book.network;
  const paid = paidEpochs(epochs, rules.paidTopicsPerBlock, totalWeight);
  const wanted = paid.map((i) => {
    const { weight, epochLengthBlocks } = epochs[i]!;
    return scaleDouble(weight / totalWeight, blockRewardsUallo * BigInt(epochLengthBlocks));
  });
  const amounts = new Array<bigint>(epochs.length).fill(0n);
  const enough = wanted.reduce((total, amount) => total + amount, 0n) <= poolUallo;
  const given = enough
    ? wanted
    : poolShares(
        poolUallo,
        paid.map((i) => epochs[i]!),
        totalWeight,
      );
  paid.forEach((i, n) => {
    amounts[i] = given[n]!;
  });
  return amounts;
}

/** Places of the heaviest epochs with a weight; ties go to the lower topic. */
function paidEpochs(epochs: readonly WeighedEpoch[], limit: number, totalWeight: number): number[] {
  const due = epochs.flatMap((epoch, i) => (epoch.active && epoch.weight > 0 ? [i] : []));
  const { rewards } = topicRewards({
    topics: due.map((i) => String(i).padStart(12, '0')),
    weights: due.map((i) => epochs[i]!.weight),
    epochLengths: due.map((i) => epochs[i]!.epochLengthBlocks),
    totalWeight,
    emissionPerBlock: 1,
    treasury: 1,
    paidTopics: limit,
  });
  return due.filter((_, n) => rewards[n] !== null);
}

/** A pool that does not reach is shared by weight and length. */
function poolShares(
  poolUallo: bigint,
  epochs: readonly WeighedEpoch[],
  totalWeight: number,
): readonly bigint[] {
  const parts = epochs.map(
    ({ weight, epochLengthBlocks }) =>
      scaleDouble(weight / totalWeight, SHARE_SCALE) * BigInt(epochLengthBlocks),
  );
  return splitUallo(poolUallo, parts).partsUallo;
}

function setAside(book: Book, epoch: WeighedEpoch, amountUallo: bigint, blockRewardsUallo: bigint): void {
  const { topicId, nonce, height, epochLengthBlocks, weight } = epoch;
  postNonZero(book, {
    key: `epoch-emission:${topicId}:${nonce}`,
    kind: 'epoch-emission',
    topicId,
    nonce,
    postings: balanceTransfer({ from: REWARDS_POOL, to: EPOCH_REWARDS, amountUallo }),
  });
  book.emissions.set(emissionKey(topicId, nonce), {
    topicId,
    nonce,
    height,
    epochLengthBlocks,
    weight,
    totalWeight: book.network.totalWeight,
    blockEmissionUallo: blockRewardsUallo,
    amountUallo,
  });
}
