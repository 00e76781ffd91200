import type { Draws } from '../../src/testing/command-generator';

/** Draws that depend on the seed alone (sfc32); fast enough for hundreds of thousands of commands. */
export class Random implements Draws {
  private state: [number, number, number, number];

  constructor(seed: number) {
    this.state = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed];
    for (let i = 0; i < 16; i += 1) this.bits();
  }

  /** 0 <= x < 1 */
  unit(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number, low <= n < high. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.whole(0, from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const all = [...items];
    for (let i = all.length - 1; i > 0; i -= 1) {
      const j = this.whole(0, i + 1);
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    return all;
  }

  private bits(): number {
    const [a, b, c, d] = this.state;
    const sum = (a + b + d) | 0;
    this.state = [b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + sum) | 0, (d + 1) | 0];
    return sum >>> 0;
  }
}
