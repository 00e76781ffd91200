import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, TRUST_THRESHOLDS, type TrustInput } from './trust';

const standing = { toldMs: 1_000_000, nowMs: 1_002_900, nonce: 100, latestNonce: 100, epochLengthBlocks: 10 };
const good: TrustInput = {
  value: 100,
  proven: true,
  allowNegative: false,
  effectiveWorkers: 3.5,
  interval: [98, 102],
  standing,
};
const codesOf = (input: Partial<TrustInput>) =>
  judge({ ...good, ...input }, TRUST_THRESHOLDS).reasons.map(({ code }) => code);

describe('judge', () => {
  it('measures a good answer', () => {
    expect(judge(good, TRUST_THRESHOLDS)).toEqual({
      status: 'fresh',
      reasons: [],
      ageSeconds: 2,
      epochsBehind: 0,
      effectiveWorkers: 3.5,
      intervalWidth: 4,
      relativeIntervalWidth: 0.04,
    });
  });

  it.each([
    ['one epoch behind is fresh', { standing: { ...standing, latestNonce: 119 } }, []],
    ['two are not', { standing: { ...standing, latestNonce: 120 } }, ['EPOCHS_BEHIND']],
    ['more than a day', { standing: { ...standing, nowMs: standing.toldMs + 86_401_000 } }, ['OLD']],
    ['no record', { proven: false }, ['UNPROVEN']],
    ['one worker rules', { effectiveWorkers: 1.99 }, ['FEW_WORKERS']],
    ['a wide interval', { interval: [74, 125] }, ['WIDE_INTERVAL']],
    ['a wide interval about values of both signs', { interval: [74, 125], allowNegative: true }, []],
    ['no interval', { interval: null }, []],
    ['a value of 0', { value: 0 }, []],
    ['as of its own time', { standing: null }, []],
    ['a clock behind the network’s', { standing: { ...standing, nowMs: 0, latestNonce: 90 } }, []],
    ['an unknown latest nonce', { standing: { ...standing, latestNonce: null } }, []],
  ] as [string, Partial<TrustInput>, string[]][])('%s', (_name, input, codes) => {
    expect(codesOf(input)).toEqual(codes);
  });

  it('calls stale what is stale and weak, and says both', () => {
    const input = { ...good, proven: false, standing: { ...standing, latestNonce: 200 } };
    const { status, reasons } = judge(input, TRUST_THRESHOLDS);
    expect([status, reasons.map(({ code }) => code)]).toEqual(['stale', ['EPOCHS_BEHIND', 'UNPROVEN']]);
    expect(judge({ ...good, proven: false }, TRUST_THRESHOLDS).status).toBe('degraded');
  });

  it('is finite and has a reason exactly when it is not fresh, whatever comes', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const inputs = fc.record({
      value: double,
      proven: fc.boolean(),
      allowNegative: fc.boolean(),
      effectiveWorkers: fc.double({ min: 0, max: 100, noNaN: true }),
      interval: fc.option(fc.tuple(double, double)),
      standing: fc.option(
        fc.record({
          toldMs: fc.nat(),
          nowMs: fc.nat(),
          nonce: fc.nat(),
          latestNonce: fc.option(fc.nat()),
          epochLengthBlocks: fc.nat(),
        }),
      ),
    });
    fc.assert(
      fc.property(inputs, (input) => {
        const trust = judge(input, TRUST_THRESHOLDS);
        expect(trust.status === 'fresh').toBe(trust.reasons.length === 0);
        for (const figure of [
          trust.ageSeconds,
          trust.epochsBehind,
          trust.intervalWidth,
          trust.relativeIntervalWidth,
        ])
          expect(figure === null || (Number.isFinite(figure) && figure >= 0)).toBe(true);
      }),
    );
  });
});
