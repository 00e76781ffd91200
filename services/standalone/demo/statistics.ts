export const mean = (xs: readonly number[]): number => xs.reduce((total, x) => total + x, 0) / xs.length;

/** Sample standard deviation; 0 for fewer than two values. */
export function std(xs: readonly number[]): number {
  if (xs.length < 2) return 0;
  const centre = mean(xs);
  return Math.sqrt(xs.reduce((total, x) => total + (x - centre) ** 2, 0) / (xs.length - 1));
}

export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Daily log returns, one fewer than the closes. */
export function logReturns(closes: readonly number[]): number[] {
  return closes.slice(1).map((close, day) => Math.log(close / closes[day]!));
}

export const last = <T>(xs: readonly T[]): T => xs[xs.length - 1]!;

/** Solves the symmetric positive definite system A x = b by Cholesky's factors. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const n = b.length;
  const l = a.map((row) => [...row]);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = l[i]![j]!;
      for (let k = 0; k < j; k += 1) rest -= l[i]![k]! * l[j]![k]!;
      l[i]![j] = i === j ? Math.sqrt(rest) : rest / l[j]![j]!;
    }
  }
  const x = [...b];
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= l[i]![k]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < n; k += 1) x[i]! -= l[k]![i]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  return x;
}

/** Brings columns to mean 0 and deviation 1, as the rows it was made from have them. */
export function standardiser(rows: readonly (readonly number[])[]): (row: readonly number[]) => number[] {
  const columns = rows[0]!.map((_, d) => rows.map((row) => row[d]!));
  const centres = columns.map(mean);
  const scales = columns.map((column) => std(column) || 1);
  return (row) => row.map((x, d) => (x - centres[d]!) / scales[d]!);
}

/** Ridge regression on standardised features; `penalty` is in units of one sample. */
export function ridge(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  penalty: number,
): (row: readonly number[]) => number {
  const standardise = standardiser(rows);
  const features = rows.map(standardise);
  const centre = mean(targets);
  const width = rows[0]!.length;
  const gram = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  const moment = new Array<number>(width).fill(0);
  features.forEach((row, n) => {
    for (let i = 0; i < width; i += 1) {
      moment[i]! += row[i]! * (targets[n]! - centre);
      for (let j = 0; j <= i; j += 1) gram[i]![j]! += row[i]! * row[j]!;
    }
  });
  for (let i = 0; i < width; i += 1) {
    gram[i]![i]! += penalty;
    for (let j = 0; j < i; j += 1) gram[j]![i] = gram[i]![j]!;
  }
  const weights = solve(gram, moment);
  return (row) => standardise(row).reduce((total, x, d) => total + x * weights[d]!, centre);
}
