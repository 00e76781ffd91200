import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBySize } from './set-parts';

const own = (size: number) => size;

describe('parts of a set', () => {
  it('are one when there is nothing', () => expect(splitBySize([], own, 100)).toEqual([[]]));

  it('fill up to the limit, overhead included', () => {
    expect(splitBySize([44, 44, 44], own, 100)).toEqual([[44, 44], [44]]);
    expect(splitBySize([45, 44, 44], own, 100)).toEqual([[45], [44, 44]]);
  });

  it('hold an item that is too large alone', () =>
    expect(splitBySize([10, 500, 10], own, 100)).toEqual([[10], [500], [10]]));

  it('keep every item, in order, within the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 })), (sizes) => {
        const parts = splitBySize(sizes, own, 100);
        expect(parts.flat()).toEqual(sizes);
        for (const part of parts)
          expect(part.reduce((sum, size) => sum + size + 6, 0)).toBeLessThanOrEqual(100);
        expect(parts.length === 1 || parts.every((part) => part.length > 0)).toBe(true);
      }),
    );
  });
});
