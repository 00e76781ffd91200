import { describe, expect, it } from 'vitest';
import { advanceTo, give, openEconomy, run, testEmission, testGenesis } from '../../test/economy';
import { accountColumns, FAUCET, MINT, TREASURY, vestingAccount } from './accounts';
import { applyPostings, isAccountName } from '../ledger/posting';
import { checkGenesis, genesisTransfer, networkAtGenesis, shareUallo, VESTING_CLASSES } from './genesis';
import { balanceOf } from './post';
import { supplyOf } from './supply';
import type { Book } from './book';

const ALLO = 10n ** 18n;

const supply = (book: Book) =>
  supplyOf(
    {
      mintUallo: balanceOf(book, MINT),
      treasuryUallo: balanceOf(book, TREASURY),
      vestingUallo: VESTING_CLASSES.map((name) => balanceOf(book, vestingAccount(name))),
    },
    book.network,
    testEmission,
  );

describe('genesis', () => {
  it('issues every share but the ecosystem’s', () => {
    const transfer = genesisTransfer(testGenesis);
    expect(transfer.postings).toEqual([
      { account: MINT, amountUallo: -640_500_000n * ALLO },
      { account: 'participant:foundation', amountUallo: 100_000_000n * ALLO },
      { account: FAUCET, amountUallo: 55_000_000n * ALLO },
      { account: 'vesting:preseed', amountUallo: 50_000_000n * ALLO },
      { account: 'vesting:investors', amountUallo: 260_500_000n * ALLO },
      { account: 'vesting:team', amountUallo: 175_000_000n * ALLO },
    ]);
    expect(applyPostings(new Map(), transfer.postings, (account) => account === MINT).accepted).toBe(true);
    expect(networkAtGenesis(testGenesis)).toMatchObject({ height: 0, rate: null, blocksPerMonth: 20 });
  });

  it('gives accounts their part of the participants’ share', () => {
    const part = 5_000_000n * ALLO;
    const accounts = [{ address: 'a', amountUallo: part }];
    const genesis = { ...testGenesis, accounts, faucetUallo: testGenesis.faucetUallo - part };
    expect(genesisTransfer(genesis).postings[2]).toEqual({ account: 'participant:a', amountUallo: part });
  });

  it.each([
    ['shares', { shares: { ...testGenesis.shares, team: 0.18 } }],
    ['shares', { shares: { ...testGenesis.shares, team: -0.175, investors: 0.6105 } }],
    ["the participants' share is", { faucetUallo: testGenesis.faucetUallo - 1n }],
    ['a month', { blocksPerMonth: 0 }],
    [
      'above zero',
      { faucetUallo: testGenesis.faucetUallo + 1n, accounts: [{ address: 'a', amountUallo: -1n }] },
    ],
    [
      'more than once',
      {
        faucetUallo: testGenesis.faucetUallo - 2n,
        accounts: [
          { address: 'a', amountUallo: 1n },
          { address: 'a', amountUallo: 1n },
        ],
      },
    ],
  ])('refuses what does not add up: %s', (what, change) => {
    expect(() => checkGenesis({ ...testGenesis, ...change })).toThrow(what);
  });
});

describe('supply', () => {
  it('adds up, from genesis to the end of vesting', () => {
    const book = openEconomy();
    expect(supply(book)).toEqual({
      totalUallo: 640_500_000n * ALLO,
      circulatingUallo: 155_000_000n * ALLO,
      stakedUallo: 0n,
      lockedUallo: 485_500_000n * ALLO,
      treasuryUallo: 0n,
      mintedUallo: 0n,
      mintableUallo: 359_500_000n * ALLO,
      maxUallo: 1_000_000_000n * ALLO,
    });
    give(book, 'v', 50_000_000n * ALLO);
    run(book, { kind: 'stake-validator', validator: 'v', amountUallo: 50_000_000n * ALLO });
    advanceTo(book, 36 * 20);
    const late = supply(book);
    expect(late).toMatchObject({ stakedUallo: 50_000_000n * ALLO, lockedUallo: 0n });
    expect(late.totalUallo).toBe(640_500_000n * ALLO + late.mintedUallo);
    expect(late.mintedUallo > 0n).toBe(true);
    expect(late.mintableUallo + late.mintedUallo).toBe(shareUallo(testGenesis.shares.ecosystem));
  });
});

describe('account names', () => {
  it.each([
    ['mint', { kind: 'network', owner: null, topicId: null, reputer: null }],
    ['participant:a', { kind: 'participant', owner: 'a', topicId: null, reputer: null }],
    ['stake:3:r', { kind: 'stake', owner: 'r', topicId: 3, reputer: 'r' }],
    ['delegation:3:r:h', { kind: 'delegation', owner: 'h', topicId: 3, reputer: 'r' }],
    ['removal:3:r:h', { kind: 'removal', owner: 'h', topicId: 3, reputer: 'r' }],
    ['delegator-rewards:3:r', { kind: 'delegator-rewards', owner: null, topicId: 3, reputer: 'r' }],
    ['validator-stake:v', { kind: 'validator-stake', owner: 'v', topicId: null, reputer: null }],
    ['vesting:team', { kind: 'vesting', owner: null, topicId: null, reputer: null }],
  ])('say all that is known of %s', (name, columns) => {
    expect(isAccountName(name)).toBe(true);
    expect(accountColumns(name)).toEqual({ name, ...columns });
  });
});
