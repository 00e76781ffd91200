export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Milliseconds of each of `count` runs, one after another, after a tenth as many to warm up. */
export async function timed(count: number, work: (i: number) => Promise<unknown>): Promise<Spread> {
  const samples: number[] = [];
  for (let i = -Math.ceil(count / 10); i < count; i++) {
    const began = performance.now();
    await work(i);
    if (i >= 0) samples.push(performance.now() - began);
  }
  return spreadOf(samples);
}

/** Runs a second with `concurrency` callers at once. */
export async function perSecond(
  concurrency: number,
  durationMs: number,
  work: () => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const began = performance.now();
  const until = began + durationMs;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (; performance.now() < until; count++) await work();
    }),
  );
  return count / ((performance.now() - began) / 1_000);
}

export interface Finding {
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly reference: string;
  readonly referenceValue: number;
}

export function report(name: string, findings: readonly Finding[], json: boolean): void {
  const round = (value: number) => Number(value.toPrecision(4));
  for (const { case: what, value, unit, reference, referenceValue } of findings) {
    const ratio = round(value / referenceValue);
    if (json) console.log(JSON.stringify({ name, case: what, value: round(value), unit, reference, ratio }));
    else {
      const against = `${ratio} x ${reference} (${round(referenceValue)})`;
      console.log(`${what.padEnd(44)} ${String(round(value)).padStart(9)} ${unit.padEnd(10)} ${against}`);
    }
  }
}
