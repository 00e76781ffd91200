import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@allora/sdk/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TextServer } from '../../test/text-server';
import { truthConfig } from '../config/source-config';
import { silentLog } from '../log';
import { openTruth } from '../models/open-models';

let folder: string;
const server = new TextServer((place) => {
  if (place === '/rows')
    return {
      body: JSON.stringify({
        data: [
          { h: 130, p: 7.1 },
          { h: 110, p: 5 },
        ],
      }),
    };
  return place === '/none' ? { status: 404, body: 'no such height' } : { body: ' "64,123.45" ' };
});
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allora-truth-'));
  writeFileSync(
    path.join(folder, 'truth.csv'),
    'at,height,close\n2026-01-01T00:00:00Z,110,1.10\n1767312000,120,1.20\n1767398400000,130,1.30\n',
  );
  writeFileSync(
    path.join(folder, 'truth.mjs'),
    `export const truth = ({ nonce, lagBlocks }) => nonce + lagBlocks / 4;`,
  );
  url = await server.open();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function truthOf(spec: object, nonce = 110, atMs = Date.UTC(2030, 0)): Promise<string> {
  const context = {
    client: createClient({ baseUrl: url, chainId: '' }),
    log: silentLog,
    baseDir: folder,
    env: {},
  };
  const source = await openTruth(truthConfig.parse(spec), context);
  return source.truth({ topicId: 2, nonce, lagBlocks: 10, atMs, signal: AbortSignal.timeout(5_000) });
}
const csv = { type: 'csv', file: 'truth.csv', column: 'close' };

describe('a truth', () => {
  it('of an address is read as leniently as today', async () => {
    expect(
      await truthOf({ type: 'http', url: `${url}/{Pair}/{BlockHeight}`, parameters: { Pair: 'BTC' } }),
    ).toBe('64123.45');
    expect(server.seen.at(-1)!.path).toBe('/BTC/110');
    await expect(truthOf({ type: 'http', url: `${url}/none` })).rejects.toThrow(/HTTP 404: "no such height"/);
  });

  it('of a file is that of the height at which it is due', async () => {
    expect(await truthOf({ ...csv, heightColumn: 'height' })).toBe('1.20');
    expect(await truthOf({ ...csv, heightColumn: 'height', offsetBlocks: 0 })).toBe('1.10');
    expect(await truthOf({ ...csv, heightColumn: 'height' }, 115)).toBe('1.20');
    await expect(truthOf({ ...csv, heightColumn: 'height', match: 'exact' }, 115)).rejects.toThrow(
      /no row for height 125 yet/,
    );
  });

  it('of a file with times is the last one so far', async () => {
    expect(await truthOf({ ...csv, timeColumn: 'at' }, 110, Date.UTC(2026, 0, 2))).toBe('1.20');
    await expect(truthOf({ ...csv, timeColumn: 'at' }, 110, 0)).rejects.toThrow(/no row/);
    await expect(truthOf({ ...csv, column: 'open', heightColumn: 'height' })).rejects.toThrow(
      /no number in column open/,
    );
  });

  it('of rows at an address keeps its digits and their order', async () => {
    expect(await truthOf({ type: 'rows', url: `${url}/rows`, column: 'p', heightColumn: 'h' }, 125)).toBe(
      '7.1',
    );
    expect(await truthOf({ type: 'rows', url: `${url}/rows`, column: 'p', heightColumn: 'h' }, 100)).toBe(
      '5',
    );
  });

  it('of a replay is what comes next', async () => {
    const replay = { type: 'replay', file: 'truth.csv', column: 'close', firstNonce: 110, blocksPerRow: 10 };
    expect(await truthOf(replay)).toBe('1.20');
    expect(await truthOf({ ...replay, aheadRows: 2 })).toBe('1.30');
    await expect(truthOf(replay, 130)).rejects.toThrow(/no row 3 for nonce 130/);
  });

  it('of a function is what it says', async () => {
    expect(await truthOf({ type: 'function', module: 'truth.mjs' })).toBe('112.5');
  });
});
