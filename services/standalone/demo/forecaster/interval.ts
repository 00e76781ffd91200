import { mean, std } from '../statistics';

/** Mean of a figure over seeds with Student's 95 % interval for it. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 97.5 % points of Student's t for 1 to 30 degrees of freedom, from printed tables. */
const POINTS = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Of two figures at least: one has no interval. */
export function intervalOf(figures: readonly number[]): Interval {
  const freedom = figures.length - 1;
  const point = POINTS[Math.min(freedom, POINTS.length) - 1];
  if (point === undefined) throw new Error('an interval takes at least two seeds');
  const centre = mean(figures);
  const half = (point * std(figures)) / Math.sqrt(figures.length);
  return { mean: centre, low: centre - half, high: centre + half };
}
