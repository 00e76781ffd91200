/** What a reputer takes for the true price. */
export type ReadTruth = (close: number) => number;

/** The lie: the price was two percent higher than it was. */
const LIE = 1.02;

/**
 * Honest reputers read the same market from feeds of different precision: the full quote, quotes in cents, and a store of
 * 32-bit floats. Their losses differ in the last digits, as real reputers' do.
 */
export const reputers: Readonly<Record<string, ReadTruth>> = {
  'full-quote': (close) => close,
  'cent-quote': (close) => Math.round(close * 100) / 100,
  'float-store': (close) => Math.fround(close),
  liar: (close) => close * LIE,
};
