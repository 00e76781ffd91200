import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPostings, balanceTransfer, isAccountName, verdict, type Posting } from './posting';

const post = (account: string, amountUallo: bigint): Posting => ({ account, amountUallo });

describe('verdict', () => {
  it('accepts what sums to zero', () => {
    expect(verdict(balanceTransfer({ from: 'treasury', to: 'user:allo1x', amountUallo: 5n }))).toEqual({
      accepted: true,
    });
    expect(verdict([post('a', -3n), post('b', 1n), post('c', 2n)])).toEqual({ accepted: true });
  });

  it.each([
    ['NO_POSTINGS', []],
    ['UNBALANCED', [post('a', -3n), post('b', 2n)]],
    ['UNBALANCED', [post('a', 1n)]],
    ['ZERO_POSTING', [post('a', 0n), post('b', 0n)]],
    ['INVALID_ACCOUNT', [post('a b', -1n), post('b', 1n)]],
  ] as const)('refuses with %s', (code, postings) => {
    expect(verdict(postings)).toMatchObject({ accepted: false, code });
  });

  it('tells account names from text', () => {
    for (const name of ['treasury', 'stake:topic-1:allo1xyz', 'fees.7', 'dust:rewards_2']) {
      expect(isAccountName(name), name).toBe(true);
    }
    for (const name of ['', ':a', 'a:', 'a::b', 'Ä', 'a b', '-a', 'a\n', 'x'.repeat(201)]) {
      expect(isAccountName(name), name).toBe(false);
    }
  });
});

describe('applyPostings', () => {
  const balances = new Map([
    ['a', 10n],
    ['b', 1n],
  ]);

  it('gives the new balances of the accounts it touches and leaves the old ones', () => {
    const result = applyPostings(balances, balanceTransfer({ from: 'a', to: 'c', amountUallo: 10n }));
    expect(result).toEqual({
      accepted: true,
      changed: new Map([
        ['a', 0n],
        ['c', 10n],
      ]),
    });
    expect(balances.get('a')).toBe(10n);
  });

  it('refuses to overdraw, whole', () => {
    expect(applyPostings(balances, [post('c', 11n), post('a', -11n)])).toEqual({
      accepted: false,
      code: 'INSUFFICIENT_BALANCE',
      account: 'a',
      balanceUallo: 10n,
      neededUallo: 11n,
    });
  });

  it('judges an account by the sum of its postings', () => {
    expect(applyPostings(balances, [post('a', -12n), post('b', 10n), post('a', 2n)])).toMatchObject({
      accepted: true,
    });
  });

  it('lets named accounts go below zero, and a debt be paid back in part', () => {
    const mint = balanceTransfer({ from: 'mint', to: 'a', amountUallo: 99n });
    expect(applyPostings(balances, mint, (account) => account === 'mint')).toMatchObject({ accepted: true });
    const owed = new Map([...balances, ['d', -5n] as const]);
    const repaid = applyPostings(owed, balanceTransfer({ from: 'a', to: 'd', amountUallo: 2n }));
    expect(repaid).toMatchObject({ accepted: true });
  });

  it('keeps the sum over all accounts', () => {
    const accounts = fc.constantFrom('a', 'b', 'c', 'd');
    const lines = fc.array(fc.tuple(accounts, fc.bigInt({ min: -9n, max: 9n })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(lines, (pairs) => {
        const free = pairs.map(([account, amountUallo]) => post(account, amountUallo));
        const sum = free.reduce((a, { amountUallo }) => a + amountUallo, 0n);
        const result = applyPostings(balances, [...free, post('b', -sum)]);
        if (!result.accepted) return;
        const after = new Map([...balances, ...result.changed]);
        expect([...after.values()].reduce((a, x) => a + x, 0n)).toBe(11n);
        expect([...after.values()].every((balance) => balance >= 0n)).toBe(true);
      }),
    );
  });
});
