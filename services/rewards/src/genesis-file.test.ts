import { createAccount } from '@allora/identity/account';
import { genesisTransfer, shareUallo } from '@allora/protocol/economy/genesis';
import { afterEach, describe, expect, it } from 'vitest';
import { genesisFile, testGenesis } from '../test/genesis';
import { rewardsConfig, rewardsRules } from './config';
import { genesisHash, readGenesis } from './genesis-file';

const files: { remove(): void }[] = [];
afterEach(() => {
  for (const file of files.splice(0)) file.remove();
});

const configOf = (settings: object) =>
  rewardsConfig.parse({
    databaseUrl: 'postgresql://user@localhost:5432/db',
    coordinatorGrpcAddress: 'self',
    ...settings,
  });

function read(genesis: unknown) {
  const file = genesisFile(genesis);
  files.push(file);
  return readGenesis(configOf({ genesisFile: file.path }));
}

describe('readGenesis', () => {
  it('reads a file, and does not care for the order of its fields', () => {
    const genesis = read(testGenesis());
    expect(genesis).toMatchObject({ blocksPerMonth: 1_000, accounts: [] });
    const turned = Object.fromEntries(Object.entries(testGenesis()).reverse());
    expect(genesisHash(read(turned))).toBe(genesisHash(genesis));
    expect(genesisHash(read(testGenesis({ blocksPerMonth: 1_001 })))).not.toBe(genesisHash(genesis));
  });

  it('has one of its own for test networks, and for no other', () => {
    const genesis = readGenesis(configOf({ faucet: 'open' }));
    expect(genesis.faucetUallo).toBe(shareUallo(0.055));
    expect(genesisTransfer(genesis).postings.reduce((sum, p) => sum + p.amountUallo, 0n)).toBe(0n);
    expect(() => readGenesis(configOf({}))).toThrow('GENESIS_FILE: is required unless FAUCET=open');
    expect(rewardsRules.map((rule) => rule(configOf({})))).toContainEqual(
      expect.stringContaining('GENESIS_FILE'),
    );
  });

  const address = createAccount().address;
  it.each([
    ['no object', 'supply'],
    ['no address', testGenesis({ foundation: 'allo1nobody' })],
    ['an unknown field', testGenesis({ premine: '1' })],
    ['a negative amount', testGenesis({ accounts: [{ address, amountUallo: '-1' }] })],
    ["more than the participants' share", testGenesis({ accounts: [{ address, amountUallo: '1' }] })],
    ["less than the participants' share", testGenesis({ faucetUallo: '1' })],
    [
      'shares that are not 1 in sum',
      testGenesis({
        shares: {
          ecosystem: 0.5,
          foundation: 0.1,
          participants: 0.055,
          investors: 0.2605,
          preseed: 0.05,
          team: 0.175,
        },
      }),
    ],
  ])('refuses %s', (_name, genesis) => {
    expect(() => read(genesis)).toThrow(/^GENESIS_FILE /);
  });

  it('names a file that is not there', () => {
    expect(() => readGenesis(configOf({ genesisFile: '/nowhere/genesis.json' }))).toThrow('ENOENT');
  });
});
