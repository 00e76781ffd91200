import { describe, expect, it } from 'vitest';
import { csvRows } from '../sources/series';
import { type Feature, featureVector } from './features';

const rows = csvRows('close,volume\n8,1\n10,2\n9,3\n12,6', {});
const sunday = Date.UTC(2026, 1, 1, 18, 30);
const vector = (...features: Feature[]) => featureVector(features, rows, sunday);

describe('features', () => {
  it('look back from the latest row', () => {
    expect(vector({ kind: 'lag', column: 'close', steps: [0, 3] })).toEqual([12, 8]);
    expect(
      vector(
        { kind: 'return', column: 'close', steps: [3] },
        { kind: 'return', column: 'close', steps: [1], log: true },
      ),
    ).toEqual([0.5, Math.log(12 / 9)]);
  });

  it.each([
    ['mean', 31 / 3],
    ['sum', 31],
    ['min', 9],
    ['max', 12],
    ['median', 10],
    ['std', Math.sqrt(7 / 3)],
    ['slope', 1],
  ] as const)('of a window have its %s', (statistic, value) => {
    expect(vector({ kind: 'window', column: 'close', length: 3, statistic })[0]).toBeCloseTo(value, 12);
  });

  it.each([
    ['minuteOfHour', 30],
    ['hourOfDay', 18],
    ['dayOfWeek', 0],
    ['dayOfMonth', 0],
    ['monthOfYear', 1],
  ] as const)('know the %s', (of, value) => {
    expect(vector({ kind: 'calendar', of })).toEqual([value]);
  });

  it('may go round with the calendar', () => {
    const [sine, cosine] = vector({ kind: 'calendar', of: 'hourOfDay', cyclic: true });
    expect([sine, cosine!.toFixed(9)]).toEqual([-1, '-0.000000000']);
  });

  it('say what is missing', () => {
    expect(() => vector({ kind: 'lag', column: 'close', steps: [4] })).toThrow(/4 rows back; there are 4/);
    expect(() => vector({ kind: 'lag', column: 'open', steps: [0] })).toThrow(/no number in column open/);
    const zero = csvRows('a\n0\n1', {});
    expect(() => featureVector([{ kind: 'return', column: 'a', steps: [1] }], zero, 0)).toThrow(
      /no return from 0 to 1/,
    );
  });
});
