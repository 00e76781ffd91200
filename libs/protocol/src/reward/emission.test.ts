import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emissionInputs, ordinary } from '../../test/arbitraries';
import { ProtocolError } from '../errors';
import { DEFAULT_PARAMS } from '../params';
import { decimalToUallo, ualloToAllo } from '../uallo';
import { monthlyEmission, type EmissionInput } from './emission';
import { blockPayment, mintableUallo, monthlyEmissionUallo, type EmissionUalloInput } from './emission-uallo';
import { divide, multiply, ONE } from './fixed-point';

const start: EmissionInput = {
  block: 1,
  blocksPerMonth: 864_000,
  ecosystemMinted: 0,
  ecosystemBalance: 0,
  staked: 50_000_000,
  reputersPercent: 0.3,
  previousRate: 0,
};

const exact = (input: EmissionInput): EmissionUalloInput => ({
  block: input.block,
  blocksPerMonth: input.blocksPerMonth,
  ecosystemMintedUallo: decimalToUallo(input.ecosystemMinted),
  ecosystemBalanceUallo: decimalToUallo(input.ecosystemBalance),
  stakedUallo: decimalToUallo(input.staked),
  reputersPercent: decimalToUallo(input.reputersPercent),
  previousRate: decimalToUallo(input.previousRate),
});

describe('monthly emission', () => {
  it('starts at the capped rate and then moves a tenth of the way', () => {
    const first = monthlyEmission(start, DEFAULT_PARAMS);
    expect(first.lockedVesting).toBeCloseTo(485_500_000, 4);
    expect(first.targetRate).toBeCloseTo((0.025 * 359.5 * 0.155) / 50, 15);
    expect(first.maxRate).toBeCloseTo(0.0095 / 0.475, 15);
    expect(first.rate).toBeCloseTo(first.cappedRate, 15);
    const second = monthlyEmission({ ...start, block: 864_001, previousRate: 0.01 }, DEFAULT_PARAMS);
    expect(second.rate).toBeCloseTo(0.1 * first.cappedRate + 0.009, 15);
  });

  it.each([
    [11, 1],
    [12, 24 / 36],
    [35, 1 / 36],
    [36, 0],
    [60, 0],
  ])('keeps the vesting tokens of month %d locked at %d', (month, share) => {
    const input = { ...start, block: month * 864_000 + 1 };
    expect(monthlyEmission(input, DEFAULT_PARAMS).lockedVesting).toBeCloseTo(485_500_000 * share, 4);
    const locked = ualloToAllo(monthlyEmissionUallo(exact(input), DEFAULT_PARAMS).lockedVestingUallo);
    expect(locked).toBeCloseTo(485_500_000 * share, 4);
  });

  it('pays fees before it mints, and mints no more than is left', () => {
    const rich = monthlyEmission({ ...start, ecosystemBalance: 10 }, DEFAULT_PARAMS);
    expect(rich.minted).toBe(0);
    const poor = monthlyEmission({ ...start, ecosystemBalance: 0.1 }, DEFAULT_PARAMS);
    expect(poor.minted).toBeCloseTo(poor.emissionPerBlock - 0.1, 12);
    const params = { ...DEFAULT_PARAMS, smoothing: 0 };
    const late = { ...start, block: 864_001, previousRate: 0.01, ecosystemMinted: 359_499_999.75 };
    const spent = monthlyEmission(late, params);
    expect(spent.emissionPerBlock).toBeCloseTo(500_000 / 864_000, 12);
    expect(spent.minted).toBeCloseTo(0.25, 6);
    expect(spent.ecosystemBalanceAfter).toBeCloseTo(0.25 - 500_000 / 864_000, 6);
  });

  it('refuses a supply that does not add up', () => {
    const code = (expected: string) => expect.objectContaining({ code: expected });
    const run = (change: Partial<EmissionInput>) => () =>
      monthlyEmission({ ...start, ...change }, DEFAULT_PARAMS);
    expect(run({ staked: 0 })).toThrowError(code('ZERO_STAKE'));
    expect(run({ ecosystemBalance: 2e8 })).toThrowError(code('NEGATIVE_CIRCULATION'));
    expect(run({ block: 1.5 })).toThrowError(code('INVALID_INPUT'));
    expect(run({ ecosystemMinted: 4e8 })).toThrowError(code('INVALID_INPUT'));
  });
});

describe('emission in whole uallo', () => {
  it('agrees with the real numbers', () => {
    fc.assert(
      fc.property(emissionInputs(ordinary), (input) => {
        const staked = input.staked + 1000;
        try {
          const real = monthlyEmission({ ...input, staked }, DEFAULT_PARAMS);
          const integers = monthlyEmissionUallo(exact({ ...input, staked }), DEFAULT_PARAMS);
          const perMonth = ualloToAllo(integers.emissionPerMonthUallo);
          expect(Math.abs(perMonth - real.emissionPerMonth)).toBeLessThanOrEqual(
            1e-9 * real.emissionPerMonth + 1e-6,
          );
        } catch (error) {
          fc.pre(!(error instanceof ProtocolError));
          throw error;
        }
      }),
    );
  });

  it('splits a block and keeps every uallo', () => {
    const options = { ecosystemBalanceUallo: 4n, mintableUallo: 100n };
    const payment = blockPayment({ needUallo: 11n, ...options }, DEFAULT_PARAMS);
    expect(payment).toEqual({
      mintedUallo: 7n,
      validatorsUallo: 2n,
      rewardsUallo: 9n,
      ecosystemBalanceAfterUallo: 0n,
    });
    const short = blockPayment(
      { needUallo: 11n, ecosystemBalanceUallo: 4n, mintableUallo: 5n },
      DEFAULT_PARAMS,
    );
    expect(short).toMatchObject({ mintedUallo: 5n, ecosystemBalanceAfterUallo: -2n });
    expect(mintableUallo(0n, DEFAULT_PARAMS)).toBe(359_500_000n * ONE);
  });

  it('rounds products and quotients half to even', () => {
    expect(multiply(5n * 10n ** 17n, 1n)).toBe(0n);
    expect(multiply(5n * 10n ** 17n, 3n)).toBe(2n);
    expect(multiply(15n * 10n ** 17n, 1n)).toBe(2n);
    expect(divide(2n, 3n)).toBe(666_666_666_666_666_667n);
    expect(divide(1n, 3n)).toBe(333_333_333_333_333_333n);
  });
});
