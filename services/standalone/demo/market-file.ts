import { appendFileSync, writeFileSync } from 'node:fs';
import type { DailyPrice } from './prices';

/** A close, and the height from which on it is known; 0 before the topic. */
const lineOf = (height: number, { date, close }: DailyPrice): string => `${height},${date},${close}\n`;

/**
 * The prices as a CSV that grows, for models and reputers from outside: a row is there before its block, so that whoever is asked at
 * a nonce finds everything up to it and nothing later.
 */
export function openMarketFile(file: string): (height: number, history: readonly DailyPrice[]) => void {
  let begun = false;
  return (height, history) => {
    const day = lineOf(height, history.at(-1)!);
    if (begun) return appendFileSync(file, day);
    begun = true;
    const before = history.slice(0, -1).map((price) => lineOf(0, price));
    writeFileSync(file, ['height,date,close\n', ...before, day].join(''));
  };
}
