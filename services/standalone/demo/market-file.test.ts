import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileSeries } from '@allora/runner/sources/series';
import { afterAll, expect, it } from 'vitest';
import { openMarketFile } from './market-file';

const folder = mkdtempSync(path.join(tmpdir(), 'allora-market-'));
const file = path.join(folder, 'market.csv');
afterAll(() => rmSync(folder, { recursive: true }));

const day = (close: number) => ({ date: `day ${close}`, high: close, low: close, close });

it('grows by a row a day, and shows a runner what is known at a nonce and nothing later', async () => {
  const note = openMarketFile(file);
  note(31, [day(1), day(2)]);
  note(41, [day(2), day(3)]);
  expect(readFileSync(file, 'utf8')).toBe('height,date,close\n0,day 1,1\n31,day 2,2\n41,day 3,3\n');
  const rows = fileSeries(file, { heightColumn: 'height' });
  const at = (nonce: number) => rows.upTo({ nonce, atMs: 0, signal: new AbortController().signal });
  expect((await at(40)).map(({ values }) => values['close'])).toEqual(['1', '2']);
  expect(await at(41)).toHaveLength(3);
  openMarketFile(file)(51, [day(9)]);
  expect(readFileSync(file, 'utf8')).toBe('height,date,close\n51,day 9,9\n');
});
