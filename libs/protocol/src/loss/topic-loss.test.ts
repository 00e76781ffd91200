import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite } from '../../test/arbitraries';
import {
  checkLossMethod,
  DEFAULT_LOSS_FLOOR,
  logLoss,
  parseLossMethod,
  scaledLoss,
  topicLoss,
} from './topic-loss';

describe("a topic's loss method", () => {
  it('is a name, or a name with options and the floor', () => {
    expect(parseLossMethod(' mse ')).toEqual({ name: 'mse', options: {}, floor: DEFAULT_LOSS_FLOOR });
    expect(parseLossMethod('zptae?std=0.02&floor=1e-6')).toEqual({
      name: 'zptae',
      options: { std: '0.02' },
      floor: 1e-6,
    });
  });

  it.each([
    'mse?floor',
    'mse?=1',
    'mse?floor=0',
    'mse?floor=',
    'mse?floor=-1',
    'huber?delta=1=2',
    'rmse',
    'czar',
  ])('%s is refused', (text) => {
    expect(() => topicLoss(text).reported(1, 1)).toThrow(/INVALID_PARAMETER|loss|option/);
  });

  it.each(['mse', ' MAE ', 'huber?delta=2', 'zptae', 'zptae?alpha=0.5&floor=1e-6', 'czar'])(
    'may be %s',
    (text) => {
      expect(checkLossMethod(text)).toEqual({ verdict: 'accepted' });
    },
  );

  it.each([
    ['pinball', /no loss "pinball"; there are sqe/],
    ['', /no loss ""/],
    ['mse?std=1', /no option "std"; it has none/],
    ['zptae?std=0.1&sigma=1', /no option "sigma"; it has std, mean/],
    ['huber?delta=0', /huber.delta is 0; set it to a number above 0/],
    ['zptae?std=much', /zptae.std is much/],
    ['mse?floor=0', /floor/],
  ])('may not be "%s", and it is said why', (text, reason) => {
    expect(checkLossMethod(text)).toEqual({
      ...{ verdict: 'refused', code: 'INVALID_TOPIC_PARAMS' },
      reason: expect.stringMatching(reason) as string,
    });
  });

  it('is reported as a logarithm with the floor, and raw where it can be below zero', () => {
    const squared = topicLoss('MSE?floor=1e-4');
    expect([squared.name, squared.scale]).toEqual(['sqe', 'log10']);
    expect([squared.reported(10, 20), squared.reported(10, 10), squared.reported(10, 10.001)]).toEqual([
      2, -4, -4,
    ]);
    const poisson = topicLoss('poisson');
    expect(poisson.scale).toBe('raw');
    expect(poisson.reported(5, 4)).toBeCloseTo(-2.931471805599453, 14);
  });

  it("takes what the topic leaves open from the reputer's settings, and nothing else", () => {
    expect(topicLoss('ztae', { std: 0.02 }).loss(0.01, 0.02)).toBeCloseTo(0.2994769986957551, 14);
    expect(topicLoss('huber?delta=2', { delta: 9 }).loss(0, -5)).toBe(8);
  });
});

describe('the log rule', () => {
  it('has a finite answer for every loss that is not below zero', () => {
    const loss = fc.oneof(anyFinite.map(Math.abs), fc.constant(Infinity));
    const floor = fc.double({ min: Number.MIN_VALUE, max: 1e300, noNaN: true });
    fc.assert(
      fc.property(loss, floor, (x, least) => {
        const value = logLoss(x, least);
        return Number.isFinite(value) && value >= Math.log10(least);
      }),
    );
  });

  it('refuses what has no logarithm', () => {
    expect(() => logLoss(-1e-9, 1)).toThrow(/losses of 0 or more/);
    expect(() => logLoss(NaN, 1)).toThrow(/losses of 0 or more/);
    expect(() => logLoss(1, 0)).toThrow(/floor/);
    expect(() => scaledLoss(NaN, 'raw', 1)).toThrow(/no number/);
    expect(scaledLoss(-3, 'raw', 1)).toBe(-3);
  });
});
