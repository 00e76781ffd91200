import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { licensesOf, licencesText, type LockedPackage } from './licences';

const file = path.resolve(import.meta.dirname, '../../package-lock.json');
const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };

describe('licences', () => {
  it('are allowed, of every package', () => {
    const all = licensesOf(packages);
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ allowed }) => !allowed)).toEqual([]);
  });

  it.each([
    ['GPL-3.0', {}, false],
    ['MPL-2.0', {}, false],
    ['MPL-2.0', { dev: true }, true],
    ['AGPL-3.0-only', { dev: true }, false],
    ['(MIT OR GPL-3.0)', {}, true],
    ['MIT AND GPL-3.0', {}, false],
    [undefined, {}, false],
    [undefined, { dev: true }, false],
  ])('%s %o: %s', (license, flags, allowed) => {
    const one = { version: '1.0.0', ...(license === undefined ? {} : { license }), ...flags };
    expect(licensesOf({ '': {}, 'node_modules/a/node_modules/@b/c': one })).toEqual([
      expect.objectContaining({ name: '@b/c', allowed }),
    ]);
  });

  it('are listed by licence', () => {
    expect(licencesText(licensesOf(packages))).toMatch(/^MIT {2}\d+ packages, \d+ of them in services$/m);
  });
});
