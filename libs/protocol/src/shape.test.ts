import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareIds, requireAscending, requireMatrix } from './shape';

describe('compareIds', () => {
  it('orders as the bytes of UTF-8 do, also past the basic plane', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
        expect(Math.sign(compareIds(a, b))).toBe(bytes);
      }),
    );
    expect(compareIds('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
  });
});

describe('requireAscending', () => {
  it('refuses repeats and descents', () => {
    expect(() => requireAscending('x', ['a', 'b', 'b'])).toThrowError(/"b" follows "b"/);
    expect(() => requireAscending('x', ['b', 'a'])).toThrowError(
      expect.objectContaining({ code: 'IDS_NOT_ASCENDING' }),
    );
    expect(() => requireAscending('x', ['B', 'a', 'a1'])).not.toThrow();
  });
});

describe('requireMatrix', () => {
  it('names the row that is short', () => {
    expect(() => requireMatrix('m', [[1, 2], [3]], 2, 2)).toThrowError(/m\[1\] has 1 entries; give it 2/);
  });
});
