/** From values to places on an axis, with round numbers to write beside it. */
export interface Scale {
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  at(value: number): number;
}

const STEPS = [1, 2, 2.5, 5, 10];
const COMPACT_FROM = 100_000;
const TINY = 1e-6;
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

/** @param range places of the ends of the domain; the second may be the smaller one. */
export function linearScale(
  [lowest, highest]: readonly [number, number],
  range: readonly [number, number],
  ticks: number,
): Scale {
  const spread = highest > lowest ? highest - lowest : Math.abs(highest) || 1;
  const [low, high] = highest > lowest ? [lowest, highest] : [lowest - spread / 2, lowest + spread / 2];
  const step = roundStep((high - low) / ticks);
  const at = (value: number): number => range[0] + ((value - low) / (high - low)) * (range[1] - range[0]);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return {
    at,
    ticks: Array.from({ length: count }, (_, i) => {
      const value = (first + i) * step;
      return { at: at(value), text: tickText(value, step) };
    }),
  };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * STEPS.find((step) => step * power >= rough)!;
}

function tickText(value: number, step: number): string {
  if (Math.abs(value) >= COMPACT_FROM) return compact.format(value);
  if (step < TINY) return value.toExponential(1);
  let places = 0;
  while (Math.abs(step * 10 ** places - Math.round(step * 10 ** places)) > TINY) places += 1;
  return value.toFixed(places);
}
