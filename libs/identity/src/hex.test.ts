import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfHex, hexOf } from './hex';

describe('hex', () => {
  it('is lower case, and read in either', () => {
    expect(hexOf(Uint8Array.of(0, 10, 255))).toBe('000aff');
    expect(bytesOfHex('000Aff')).toEqual(Uint8Array.of(0, 10, 255));
  });

  it('is of the part of a buffer that is shown, and comes back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4 }), (all) => {
        const part = all.subarray(1, -1);
        expect(bytesOfHex(hexOf(part))).toEqual(new Uint8Array(part));
      }),
    );
  });
});
