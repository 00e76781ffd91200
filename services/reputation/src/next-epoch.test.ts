import { describe, expect, it } from 'vitest';
import { nextEpoch } from './next-epoch';

const at = (nonce: number, complete = true) => ({ nonce, complete });

describe('nextEpoch', () => {
  it('is the one that all inputs are at', () => {
    expect(nextEpoch({ loss_set: at(10), stake_snapshot: at(10), network_inference: at(10) })).toBe(10);
  });

  it('waits for what is missing, partial or of another epoch', () => {
    expect(nextEpoch({ loss_set: null, stake_snapshot: at(10), network_inference: at(10) })).toBeNull();
    expect(
      nextEpoch({ loss_set: at(10, false), stake_snapshot: at(10), network_inference: at(10) }),
    ).toBeNull();
    expect(nextEpoch({ loss_set: at(20), stake_snapshot: at(20), network_inference: at(10) })).toBeNull();
  });
});
