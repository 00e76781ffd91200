import path from 'node:path';
import { expect, it } from 'vitest';
import { askRegistry, graveFindings } from './advisories';

const root = path.resolve(import.meta.dirname, '../..');

it('no package has a known grave fault', async (context) => {
  const report = await askRegistry(root, 25_000);
  const findings = graveFindings(report);
  if (findings === undefined) {
    const why = `NOT CHECKED: the registry gives no advisories (${report.message ?? 'no report'}); run npm audit where it does`;
    console.warn(why);
    return context.skip(why);
  }
  expect(findings).toEqual([]);
}, 30_000);

it('grave is what is high or critical, and nothing is not the same as no answer', () => {
  const vulnerabilities = {
    a: { severity: 'low' },
    b: { severity: 'high' },
    c: { severity: 'critical' },
    d: { severity: 'moderate' },
  };
  expect(graveFindings({ vulnerabilities })).toEqual([
    { name: 'b', severity: 'high' },
    { name: 'c', severity: 'critical' },
  ]);
  expect(graveFindings({ vulnerabilities: {} })).toEqual([]);
  expect(graveFindings({ error: {}, message: 'away' })).toBeUndefined();
});
