import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite } from '../../test/arbitraries';
import { isNeverNegative, LOSS_RULES, lossFunction, type LossName, lossNamed } from './loss-functions';
import type { LossOptions } from './loss-options';

const std = { std: 1 };
const required: Partial<Record<LossName, LossOptions>> = { ztae: std, zptae: std, czar: std };
const all = (Object.keys(LOSS_RULES) as LossName[]).map((name) => ({ name, options: required[name] ?? {} }));
const onLine = all.filter(({ name }) => name !== 'bce' && name !== 'poisson');

describe('loss functions', () => {
  it.each<[string, LossOptions, number, number, number]>([
    ['sqe', {}, 3, 1, 4],
    ['abse', {}, 3, 1, 2],
    ['huber', {}, 0, 0.5, 0.125],
    ['huber', { delta: '2.0' }, 0, -5, 8],
    ['logcosh', {}, 0, 1, 0.4337808304830271],
    ['bce', {}, 1, 0.7, 0.35667494393873245],
    ['bce', {}, 0, 0, 0],
    ['bce', {}, 1, 0, Infinity],
    ['poisson', {}, 5, 4, -2.931471805599453],
    ['ztae', { std: 0.02 }, 0.01, 0.02, 0.2994769986957551],
    ['zptae', { std: 0.02 }, 0.01, 0.02, 0.3112421155022001],
    ['zptae', std, 1, -1, 1.5422109854079407],
    ['zptae', std, 0, 50, 2.7212491859353527],
    ['czar', std, 1, 0.5, 0.34715249956876176],
    ['czar', std, 1, -1, 1.8154235237970493],
    ['czar', std, 1, 2, 0.5300324340228485],
    ['czar', std, 0, 0, 0.7825292423429032],
    ['czar', { std: 1, alpha: 1 }, 1, -1, 2.1020166353324528],
  ])('%s %j of truth %f and answer %f is %f', (name, options, truth, prediction, loss) => {
    if (Number.isFinite(loss)) expect(lossFunction(name, options)(truth, prediction)).toBeCloseTo(loss, 14);
    else expect(lossFunction(name, options)(truth, prediction)).toBe(loss);
  });

  it('go by their aliases, in any case', () => {
    expect([' MSE ', 'Squared_Error', 'se', 'sqe'].map(lossNamed)).toEqual(['sqe', 'sqe', 'sqe', 'sqe']);
    for (const { name } of all)
      for (const alias of LOSS_RULES[name].aliases) expect(lossNamed(alias)).toBe(name);
    expect(lossNamed('rmse')).toBeUndefined();
  });

  it('tell which of them can be below zero', () => {
    expect(all.filter(({ name }) => !isNeverNegative(name)).map(({ name }) => name)).toEqual(['poisson']);
  });

  it.each<[string, LossOptions, RegExp]>([
    ['ccc', {}, /there is no loss "ccc"/],
    ['czar', {}, /option czar.std is missing/],
    ['zptae', { std: 0 }, /zptae.std is 0; set it to a number above 0/],
    ['huber', { delta: 'wide' }, /huber.delta is wide/],
    ['huber', { delta: '' }, /huber.delta is ;/],
    ['huber', { gamma: 1 }, /has no option "gamma"; it has delta/],
    ['mse', { delta: 1 }, /has no option "delta"; it has none/],
    ['ztae', { std: NaN }, /ztae.std is NaN/],
  ])('%s refuses %j', (name, options, message) => {
    expect(() => lossFunction(name, options)).toThrow(message);
  });

  it('refuse what is outside their domain', () => {
    expect(() => lossFunction('bce')(0.5, 1.5)).toThrow(/from 0 to 1/);
    expect(() => lossFunction('poisson')(-1, 1)).toThrow(/0 or more/);
    for (const { name, options } of all)
      expect(() => lossFunction(name, options)(NaN, 1)).toThrow(/finite numbers/);
  });
});

describe('on any numbers', () => {
  it.each(onLine)('$name is a finite loss, not below zero', ({ name, options }) => {
    const loss = lossFunction(name, options);
    fc.assert(
      fc.property(anyFinite, anyFinite, (truth, prediction) => {
        const value = loss(truth, prediction);
        return Number.isFinite(value) && value >= 0;
      }),
    );
  });

  it.each(onLine.filter(({ name }) => name !== 'czar'))(
    '$name of a perfect answer is 0',
    ({ name, options }) => {
      const loss = lossFunction(name, options);
      fc.assert(fc.property(anyFinite, (truth) => loss(truth, truth) === 0));
    },
  );

  it.each(onLine)('$name does not fall as an answer moves away from the truth', ({ name, options }) => {
    const loss = lossFunction(name, options);
    const near = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(near, fc.double({ min: 0, max: 40, noNaN: true }), fc.boolean(), (truth, step, up) => {
        const at = (distance: number) => loss(truth, up ? truth + distance : truth - distance);
        return at(step * 1.5) >= at(step) - 1e-9 * (1 + at(step));
      }),
    );
  });

  it('probabilities have a cross entropy that is not below zero', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(share, share, (truth, answer) => lossFunction('bce')(truth, answer) >= 0));
  });

  it('counts have a finite Poisson loss', () => {
    const count = anyFinite.map(Math.abs);
    fc.assert(fc.property(count, count, (y, p) => Number.isFinite(lossFunction('poisson')(y, p))));
  });

  it('czar keeps above zero where it is softened, so that its logarithm has no hole', () => {
    const loss = lossFunction('czar', std);
    const z = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(fc.property(z, (truth) => loss(truth, truth) > 0));
  });
});
