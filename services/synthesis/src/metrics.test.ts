import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { describe, expect, it } from 'vitest';
import { effectiveWorkers } from './metrics';

const weighted = (...weights: (number | undefined)[]): NetworkInference =>
  NetworkInference.fromPartial({ inferers: weights.map((weight) => ({ inferer: 'a', weight })) });

describe('effectiveWorkers', () => {
  it('is the number of workers when all count alike, with or without weights', () => {
    expect(effectiveWorkers(weighted(2, 2, 2))).toBeCloseTo(3, 12);
    expect(effectiveWorkers(weighted(undefined, undefined))).toBe(2);
    expect(effectiveWorkers(weighted())).toBe(0);
  });

  it('nears 1 as one worker outweighs the rest', () => {
    expect(effectiveWorkers(weighted(3, 1e-6))).toBeCloseTo(1, 5);
  });
});
