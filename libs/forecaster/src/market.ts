import type { PastEpoch } from './history';
import { emptyMean, median, type RunningMean, withValue } from './running';

const SLOW_SHARE = 0.06;
const FAST_SHARE = 0.3;
const DEVIATION_SHARE = 0.1;
/** Moves below this part of the usual move are as good as none: their logarithm would say nothing. */
const FLOOR_SHARE = 0.1;

/**
 * What the published inferences tell of the thing inferred: how much their median moves from epoch to epoch, and how far the
 * inferers are from each other. All as logarithms and ratios, so that the unit does not matter.
 */
export class Market {
  private last: number | null = null;
  private lastMove = 0;
  private size: RunningMean = emptyMean;
  private fastSize: RunningMean = emptyMean;
  private trend: RunningMean = emptyMean;
  private disagreement: RunningMean = emptyMean;
  private lastDisagreement = 0;
  private readonly deviations = new Map<string, { mean: RunningMean; last: number }>();

  /** Length of `features` and of `featuresOf`. */
  static readonly shared = 7;
  static readonly own = 2;

  see({ inferences }: PastEpoch): void {
    const known = inferences.filter(({ value }) => Number.isFinite(value));
    if (known.length === 0) return;
    const centre = median(known.map(({ value }) => value));
    const distances = known.map(({ value }) => Math.abs(value - centre));
    if (this.last !== null) {
      this.lastMove = centre - this.last;
      this.size = withValue(this.size, Math.abs(this.lastMove), SLOW_SHARE);
      this.fastSize = withValue(this.fastSize, Math.abs(this.lastMove), FAST_SHARE);
      this.trend = withValue(this.trend, this.lastMove, DEVIATION_SHARE);
    }
    this.last = centre;
    this.lastDisagreement = median(distances);
    this.disagreement = withValue(this.disagreement, this.lastDisagreement, DEVIATION_SHARE);
    known.forEach(({ inferer }, n) => {
      const before = this.deviations.get(inferer)?.mean ?? emptyMean;
      const last = distances[n]!;
      this.deviations.set(inferer, { mean: withValue(before, last, DEVIATION_SHARE), last });
    });
  }

  /** Volatility slow, fast and last; disagreement slow and last; trend and last move in units of the usual move. */
  features(): readonly number[] {
    const size = this.usualMove();
    return [
      Math.log10(size),
      this.ratio(this.fastSize.mean),
      this.ratio(Math.abs(this.lastMove)),
      this.ratio(this.disagreement.mean),
      this.ratio(this.lastDisagreement),
      this.trend.mean / size,
      this.lastMove / size,
    ];
  }

  /** How far the inferer usually is, and was last, from the others. */
  featuresOf(inferer: string): readonly number[] {
    const { mean, last } = this.deviations.get(inferer) ?? { mean: emptyMean, last: 0 };
    return [this.ratio(mean.mean), this.ratio(last)];
  }

  private usualMove(): number {
    return Math.max(this.size.mean, Number.MIN_VALUE * 2 ** 60);
  }

  private ratio(distance: number): number {
    const size = this.usualMove();
    return Math.log10(distance / size + FLOOR_SHARE);
  }
}
