import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOf, pageToken } from './page-token';

describe('page tokens', () => {
  it('lead back to their page, and go into an address as they stand', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 999_999_999_999_999 }),
        fc.integer({ min: 1, max: 1_000 }),
        (after, limit) => {
          const token = pageToken({ after, limit });
          expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(pageOf(token)).toEqual({ after, limit });
        },
      ),
    );
  });

  it('are refused unless they were handed out', () => {
    const token = pageToken({ after: 7, limit: 2 });
    const spelt = (text: string) => Buffer.from(text).toString('base64url');
    for (const bad of [
      'x',
      `${token}=`,
      `${token}A`,
      token.slice(1),
      ...['topics 07 2', 'topics 7 0', 'topics 7', 'topics -7 2', 'topics 7 2 '].map(spelt),
    ])
      expect(() => pageOf(bad), bad).toThrow(/continuation_token/);
  });
});
