import { describe, expect, it } from 'vitest';
import { createEconomyCast } from './economy-cast';
import { genesisText } from './economy-genesis';
import { createEconomyPrinter, monthHeader, monthLine } from './economy-print';
import { rateChangeAt, summariseEconomy, violationsOf } from './economy-summary';
import { isCovered, type MonthReport } from './month-report';
import { plotLines } from './plot';
import { planOf, shareOf } from './scenario';

const month: MonthReport = {
  month: 3,
  height: 91,
  rate: 0.015,
  emissionUallo: 300n,
  blockEmissionUallo: 10n,
  circulatingUallo: 155_000_000n * 10n ** 18n,
  stakedUallo: 20_000n,
  lockedUallo: 400n,
  treasuryUallo: 30n,
  treasuryAtFirstBlockUallo: 100n,
  treasuryAtEndUallo: 0n,
  mintedUallo: 900n,
  mintedInMonthUallo: 130n,
  feesUallo: 140n,
  inferenceFeesUallo: 70n,
  rewardsUallo: 220n,
  conservationErrorUallo: 0n,
};
const limits = { ecosystemShareUallo: 1_000n, dataFeesUallo: 70n };
const run = { seed: '1', epochs: 3, seconds: 2, unlockMonth: 1, violations: [] };

describe('a month', () => {
  it('in which everything holds has no violations', () => {
    expect(violationsOf(month, limits)).toEqual([]);
    const covered = { ...month, treasuryUallo: 160n, mintedInMonthUallo: 0n };
    expect([isCovered(month), isCovered(covered)]).toEqual([false, true]);
    expect(violationsOf(covered, limits)).toEqual([]);
  });

  it.each<[string, Partial<MonthReport>, RegExp]>([
    ['lost a base unit', { conservationErrorUallo: -1n }, /^month 3: accounts differ .* by -1 uallo$/],
    [
      'was covered and minted',
      { treasuryUallo: 160n, mintedInMonthUallo: 1n },
      /fees covered the month, and 1/,
    ],
    ['minted more than was lacking', { mintedInMonthUallo: 201n }, /201 uallo were minted where 200/],
    ['minted less than nothing', { mintedInMonthUallo: -1n }, /minted total fell/],
    ['overdrew the treasury', { treasuryAtEndUallo: -1n }, /treasury is below zero/],
    ['minted beyond the share', { mintedUallo: 1_001n }, /than the ecosystem may ever mint/],
    ['took fees that nobody paid', { feesUallo: 141n }, /took 71 uallo beside .* data fees are 70/],
  ])('that %s says so', (_, change, text) => {
    expect(violationsOf({ ...month, ...change }, limits).join()).toMatch(text);
  });
});

describe('the summary', () => {
  it('adds up the months and counts those without a mint', () => {
    const covered = { ...month, month: 4, treasuryUallo: 160n, mintedInMonthUallo: 0n, rate: 0.01515 };
    const summary = summariseEconomy([month, covered], run);
    expect(summary).toMatchObject({
      ...{ months: 2, monthsWithoutMint: 1, conservationErrorUallo: 0n, mintedUallo: 130n },
      ...{ emittedUallo: 600n, feesUallo: 280n, rewardsUallo: 440n, violations: [] },
    });
    expect(summary.rateChangeAtFirstUnlock).toBeCloseTo(0.01, 12);
  });

  it('takes a jump at the first unlock for a violation, and errors of both signs for errors', () => {
    const jumped = { ...month, rate: 0.0147, conservationErrorUallo: -2n };
    const summary = summariseEconomy([{ ...month, conservationErrorUallo: 2n }, jumped], run);
    expect(summary.violations).toEqual([expect.stringMatching(/^month 1: .* moved by -2.00 %/)]);
    expect(summary.conservationErrorUallo).toBe(4n);
    expect(rateChangeAt([month], 12)).toBeNull();
  });
});

describe('the plan', () => {
  it('is the same for the same seed, and has every kind of month', () => {
    const plans = Array.from({ length: 96 }, (_, n) => planOf(n, '1'));
    expect(plans).toEqual(Array.from({ length: 96 }, (_, n) => planOf(n, '1')));
    expect(plans).not.toEqual(Array.from({ length: 96 }, (_, n) => planOf(n, '2')));
    expect(plans.filter(({ paidAhead }) => paidAhead)).toHaveLength(24);
    for (const { paidAhead, feeShare } of plans) expect(feeShare >= 1.2).toBe(paidAhead);
    expect(new Set(plans.map(({ removal }) => removal))).toEqual(new Set(['none', 'kept', 'cancelled']));
    expect(shareOf(10n ** 24n, 0.25)).toBe(25n * 10n ** 22n);
  });
});

describe('the genesis', () => {
  it("gives out the participants' share to the last uallo, to people of the seed", () => {
    interface Genesis {
      readonly accounts: readonly { readonly address: string; readonly amountUallo: string }[];
      readonly faucetUallo: string;
    }
    const { accounts, faucetUallo } = JSON.parse(genesisText(createEconomyCast('1'), 30)) as Genesis;
    const given = accounts.reduce((sum, { amountUallo }) => sum + BigInt(amountUallo), BigInt(faucetUallo));
    expect(given).toBe(55_000_000n * 10n ** 18n);
    expect(BigInt(faucetUallo)).toBeGreaterThanOrEqual(0n);
    expect(new Set(accounts.map(({ address }) => address)).size).toBe(accounts.length);
    expect(genesisText(createEconomyCast('2'), 30)).not.toContain(accounts[0]!.address);
  });
});

describe('the printer', () => {
  const print = (json: boolean): string[] => {
    const lines: string[] = [];
    const printer = createEconomyPrinter({ write: (text) => lines.push(text) }, { json });
    printer.note('hello');
    printer.month(month);
    printer.summary(summariseEconomy([month], run));
    return lines.join('').trimEnd().split('\n');
  };

  it('prints JSON lines alone when asked to, amounts as text', () => {
    const [first, last, ...others] = print(true).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ type: 'month', month: 3, emissionUallo: '300', mintedInMonthUallo: '130' });
    expect(last).toMatchObject({ type: 'summary', conservationErrorUallo: '0', violations: [] });
  });

  it('prints a table whose columns stand under their titles, and plots', () => {
    expect(monthLine(month).indexOf('155.00') + 6).toBe(monthHeader().indexOf('circulating') + 11);
    const lines = print(false);
    expect(lines).toContain('No violations.');
    expect(lines.join('\n')).not.toContain('\u001b');
  });

  it('plots the least at the bottom and the greatest at the top', () => {
    const [title, ...rows] = plotLines('t', [1, 3, 2]);
    expect(title).toBe('t');
    expect(rows[0]).toMatch(/^ +3\.000 \| \*$/);
    expect(rows[7]).toMatch(/^ +1\.000 \|\*::$/);
    expect(plotLines('t', [])).toEqual([]);
    expect(plotLines('t', [2, 2])[8]).toContain('**');
  });
});
