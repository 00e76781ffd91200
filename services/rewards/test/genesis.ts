import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testAccount } from '../src/genesis-file';

/** The genesis of tests: the faucet holds the participants' share, months are short enough to be seen. */
export const testGenesis = (changes: Readonly<Record<string, unknown>> = {}) => ({
  blocksPerMonth: 1_000,
  foundation: testAccount('foundation').address,
  vesting: {
    preseed: testAccount('preseed').address,
    investors: testAccount('investors').address,
    team: testAccount('team').address,
  },
  faucetUallo: (55_000_000n * 10n ** 18n).toString(),
  operators: [testAccount('operator').address],
  ...changes,
});

export function genesisFile(genesis: unknown): { path: string; remove(): void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'allora-genesis-'));
  const file = path.join(directory, 'genesis.json');
  writeFileSync(file, JSON.stringify(genesis));
  return { path: file, remove: () => rmSync(directory, { recursive: true }) };
}
