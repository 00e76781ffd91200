import { createHash } from 'node:crypto';
import { accountFromKey, type Account } from '@allora/identity/account';

/** Draws that depend on the seed and on what was drawn before, and on nothing else. */
export class SeededRandom {
  private drawn = 0;

  constructor(private readonly seed: string) {}

  /** 0 <= x < 1 */
  unit(): number {
    return this.bytes(String(this.drawn++)).readUIntBE(0, 6) / 2 ** 48;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** A whole number, low <= n < high. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high));
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
    const left = [...items];
    return items.map(() => left.splice(this.whole(0, left.length), 1)[0]!);
  }

  /** Another row of draws, which neither takes from this one nor gives to it. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  account(name: string): Account {
    return accountFromKey(this.bytes(`account/${name}`));
  }

  private bytes(label: string): Buffer {
    return createHash('sha256').update(`allora-chaos|${this.seed}|${label}`).digest();
  }
}
