import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Sums that a linear regression is solved from, the older rows counting less: no row is kept. */
export class Moments {
  /** Lower triangle of the sum of (1, features, target) by itself. */
  private readonly products: Float64Array;
  private readonly size: number;

  constructor(private readonly features: number) {
    this.size = features + 2;
    this.products = new Float64Array(this.size * this.size);
  }

  add(row: readonly number[], target: number, keep: number): void {
    const values = [1, ...row, target];
    for (let i = 0; i < this.size; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const at = i * this.size + j;
        this.products[at] = this.products[at]! * keep + values[i]! * values[j]!;
      }
    }
  }

  /** Ridge regression on standardised features; `penalty` is in rows. Null where the features say nothing or are no numbers. */
  fit(penalty: number): LinearFit | null {
    const rows = this.products[0]!;
    const means = Array.from({ length: this.size }, (_, i) => this.products[i * this.size]! / rows);
    const covariance = (i: number, j: number): number =>
      this.products[i * this.size + j]! / rows - means[i]! * means[j]!;
    const scales = means.map((mean, i) => {
      const variance = covariance(i, i);
      return variance > ROUNDING * mean * mean ? Math.sqrt(variance) : 0;
    });
    const target = this.size - 1;
    const gram = new Matrix(this.features, this.features);
    const moment = new Matrix(this.features, 1);
    for (let i = 1; i <= this.features; i += 1) {
      const inverse = inverseOf(scales[i]!);
      for (let j = 1; j < i; j += 1) {
        const correlation = covariance(i, j) * inverse * inverseOf(scales[j]!);
        gram.set(i - 1, j - 1, correlation);
        gram.set(j - 1, i - 1, correlation);
      }
      gram.set(i - 1, i - 1, 1 + penalty / rows);
      moment.set(i - 1, 0, covariance(target, i) * inverse);
    }
    const factors = new CholeskyDecomposition(gram);
    if (!factors.isPositiveDefinite()) return null;
    const slopes = factors.solve(moment).to1DArray();
    return {
      mean: means[target]!,
      reach: REACH * scales[target]!,
      means: means.slice(1, target),
      slopes: slopes.map((slope, i) => slope * inverseOf(scales[i + 1]!)),
    };
  }
}

/** Variance below this part of the squared mean is the rounding of a constant. */
const ROUNDING = 1e-12;
/** No prediction is further from the mean than this many standard deviations. */
const REACH = 3;

const inverseOf = (scale: number): number => (scale > 0 ? 1 / scale : 0);

export interface LinearFit {
  readonly mean: number;
  readonly reach: number;
  readonly means: readonly number[];
  readonly slopes: readonly number[];
}

export function predict({ mean, reach, means, slopes }: LinearFit, row: readonly number[]): number {
  const moved = slopes.reduce((total, slope, i) => total + slope * (row[i]! - means[i]!), 0);
  return mean + Math.max(-reach, Math.min(reach, moved));
}
