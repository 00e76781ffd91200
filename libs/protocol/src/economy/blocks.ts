import type { EmissionParams } from '../params';
import type { Book, EconomyRules } from './book';
import { closeMonth, isMonthEnd, isMonthStart, startMonth, type EmissionMonth } from './emission-months';
import { endEpochs, type EndedEpoch } from './ended-epochs';
import type { VestingClass } from './genesis';
import { payBlocks } from './block-payments';
import { payRemovals } from './removals';
import type { TopicWeightChange } from './topic-life';

/** Blocks that the network has reached, with the epochs that ended in them. */
export interface ToldBlocks {
  readonly fromHeightExclusive: number;
  readonly toHeight: number;
  readonly ended: readonly EndedEpoch[];
}

export interface AppliedBlocks {
  /** Emission of each month that began, as it was set. */
  readonly months: readonly EmissionMonth[];
  /** Of each epoch that ended. */
  readonly weights: readonly TopicWeightChange[];
}

/**
 * Applies every block after those applied already, once. Blocks between which nothing changes are paid together, so the
 * work grows with what happens in the range and not with its length; the sums are those of block by block.
 */
export function advanceBlocks(
  book: Book,
  rules: EconomyRules,
  emission: EmissionParams,
  told: ToldBlocks,
  vesting: readonly VestingClass[],
): AppliedBlocks {
  const fromHeightExclusive = Math.max(told.fromHeightExclusive, book.network.height);
  const { toHeight } = told;
  const months: EmissionMonth[] = [];
  const weights: TopicWeightChange[] = [];
  if (toHeight <= fromHeightExclusive) return { months, weights };
  const { blocksPerMonth } = book.network;
  const ended = new Map<number, EndedEpoch[]>();
  for (const epoch of told.ended) ended.set(epoch.height, [...(ended.get(epoch.height) ?? []), epoch]);
  const ends = stretchEnds({ fromHeightExclusive, toHeight, blocksPerMonth, epochEnds: ended.keys() });
  let first = fromHeightExclusive + 1;
  for (const last of ends) {
    if (isMonthStart(first, blocksPerMonth) || book.network.rate === null) {
      const month = startMonth(book, emission, first);
      if (month) months.push(month);
    }
    const rewardsUallo = payBlocks(book, emission, first, last);
    if (isMonthEnd(last, blocksPerMonth)) closeMonth(book, last, vesting);
    weights.push(...endEpochs(book, rules, ended.get(last) ?? [], rewardsUallo));
    first = last + 1;
  }
  payRemovals(book, rules, { fromHeightExclusive, toHeight });
  book.network = { ...book.network, height: toHeight };
  return { months, weights };
}

/** Heights, ascending, after which something changes: ends of months and of epochs, and of all that was told. */
function stretchEnds(range: {
  readonly fromHeightExclusive: number;
  readonly toHeight: number;
  readonly blocksPerMonth: number;
  readonly epochEnds: Iterable<number>;
}): number[] {
  const { fromHeightExclusive: from, toHeight, blocksPerMonth } = range;
  const ends = new Set([toHeight]);
  for (const height of range.epochEnds) if (height > from && height <= toHeight) ends.add(height);
  for (let month = Math.floor(from / blocksPerMonth) + 1; month * blocksPerMonth <= toHeight; month += 1) {
    ends.add(month * blocksPerMonth);
  }
  return [...ends].sort((a, b) => a - b);
}
