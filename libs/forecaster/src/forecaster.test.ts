import { describe, expect, it } from 'vitest';
import { chosenForecasts } from './chosen-forecasts';
import { createForecaster, type InfererForecast } from './forecaster';
import type { PastEpoch } from './history';
import { type TargetName, targetNames } from './target';

/** Uniform in [0, 1), the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const EPOCH_BLOCKS = 10;
const inferers = ['a', 'b', 'c', 'd', 'e'];

interface World {
  readonly epochs: number;
  /** Of the losses, by the epoch and the place of the inferer. */
  readonly loss: (epoch: number, place: number, noise: () => number) => number;
  readonly context?: (epoch: number) => readonly number[];
  readonly seed?: number;
}

function historyOf({ epochs, loss, context, seed = 1 }: World): PastEpoch[] {
  const random = randomNumbers(seed);
  const noise = (): number => random() + random() + random() - 1.5;
  let price = 1_000;
  return Array.from({ length: epochs }, (_, epoch) => {
    price += noise();
    const losses = inferers.map((inferer, place) => ({ inferer, loss: loss(epoch, place, noise) }));
    return {
      nonce: 1 + epoch * EPOCH_BLOCKS,
      inferences: inferers.map((inferer, place) => ({ inferer, value: price + 0.1 * place * noise() })),
      losses: { network: losses.reduce((sum, one) => sum + one.loss, 0) / losses.length, inferers: losses },
      ...(context ? { context: context(epoch) } : {}),
    };
  });
}

/** Epoch by epoch as it would have been live; mean squared errors from epoch 60 on. */
function play(history: readonly PastEpoch[], target: TargetName, settleEpochs = 1) {
  const forecaster = createForecaster({ target, settleEpochs });
  let [ours, pastMean, count] = [0, 0, 0];
  const answers: (readonly InfererForecast[])[] = [];
  history.forEach((epoch, n) => {
    const past = history.slice(0, n).map((one, m) => (m > n - settleEpochs ? { ...one, losses: null } : one));
    const answer = forecaster.forecast(past, { nonce: epoch.nonce, context: epoch.context });
    answers.push(answer);
    if (n < 60) return;
    const came = new Map(epoch.losses!.inferers.map(({ inferer, loss }) => [inferer, loss]));
    for (const one of answer) {
      ours += (one.loss - came.get(one.inferer)!) ** 2;
      pastMean += (one.pastMean - came.get(one.inferer)!) ** 2;
      count += 1;
    }
  });
  return { ours: ours / count, pastMean: pastMean / count, answers };
}

const regime = (epoch: number): number => (Math.floor(epoch / 25) % 2 === 0 ? -1 : 1);

describe.each(targetNames)('the forecaster of a %s', (target) => {
  it('beats the past mean by far where the context decides who is good', () => {
    const context = (epoch: number): readonly number[] => [regime(epoch)];
    const loss: World['loss'] = (epoch, place, noise) => (place - 2) * 0.4 * regime(epoch) + 0.5 * noise();
    const { ours, pastMean } = play(historyOf({ epochs: 300, loss, context }), target);
    expect(ours).toBeLessThan(0.5 * pastMean);
  });

  it('beats the past mean where losses of the past tell of the next', () => {
    const loss: World['loss'] = (epoch, place, noise) =>
      regime(epoch) + 0.3 * place * regime(epoch + 7) + 0.4 * noise();
    const { ours, pastMean } = play(historyOf({ epochs: 300, loss }), target, 2);
    expect(ours).toBeLessThan(0.7 * pastMean);
  });

  it('is hardly worse than the past mean where there is nothing to know', () => {
    const loss: World['loss'] = (_, place, noise) => 0.3 * place + noise();
    for (const seed of [1, 2, 3]) {
      const { ours, pastMean } = play(historyOf({ epochs: 400, loss, seed }), target);
      expect(ours).toBeLessThan(1.02 * pastMean);
    }
  });

  it('says the constant where losses are constant', () => {
    const { answers } = play(historyOf({ epochs: 80, loss: (_, place) => place - 1 }), target);
    for (const { inferer, loss } of answers.at(-1)!) {
      expect(Math.abs(loss - (inferers.indexOf(inferer) - 1))).toBeLessThan(0.35);
    }
    const equal = play(historyOf({ epochs: 80, loss: () => 1.5 }), target).answers.at(-1)!;
    expect(equal).toHaveLength(5);
    for (const { loss } of equal) expect(loss).toBeCloseTo(1.5, 9);
  });
});

describe('the forecaster', () => {
  const history = historyOf({ epochs: 120, loss: (epoch, place, noise) => place + regime(epoch) + noise() });
  const at = (n: number) => ({ nonce: 1 + n * EPOCH_BLOCKS });
  const forecast = (past: readonly PastEpoch[], n: number, settleEpochs = 1) =>
    createForecaster({ settleEpochs }).forecast(past, at(n));

  it('knows nothing before there is a loss, and whoever had one after it', () => {
    expect(forecast([], 0)).toEqual([]);
    expect(forecast(history.slice(0, 1), 1)).toHaveLength(5);
    expect(forecast(history.slice(0, 1), 1, 2)).toEqual([]);
  });

  it('does not see the epoch it forecasts, nor any later one', () => {
    const known = forecast(history.slice(0, 80), 80);
    const wild = history.map((epoch, n) =>
      n < 80
        ? epoch
        : {
            ...epoch,
            inferences: epoch.inferences.map((one) => ({ ...one, value: 1e6 })),
            losses: { network: 50, inferers: inferers.map((inferer) => ({ inferer, loss: 50 })) },
          },
    );
    expect(forecast(wild, 80)).toEqual(known);
    expect(forecast(history, 80)).toEqual(known);
  });

  it('takes no loss earlier than it would have been public', () => {
    const unsettled = history.slice(0, 80).map((one, n) => (n > 78 ? { ...one, losses: null } : one));
    expect(forecast(history.slice(0, 80), 80, 2)).toEqual(forecast(unsettled, 80, 2));
  });

  it('says the same live as in a replay, in any order, and when it is asked again', () => {
    const live = createForecaster();
    for (let n = 0; n < 80; n += 1) live.forecast(history.slice(Math.max(0, n - 3), n), at(n));
    const answer = live.forecast(history.slice(77, 80), at(80));
    expect(answer).toEqual(forecast(history.slice(0, 80), 80));
    expect(answer).toEqual(forecast([...history.slice(0, 80)].reverse(), 80));
    expect(live.forecast(history.slice(77, 80), at(80))).toEqual(answer);
  });

  it('forgets who stays away, and takes a newcomer for one of the others at first', () => {
    const without = (one: PastEpoch, gone: string): PastEpoch => ({
      ...one,
      inferences: one.inferences.filter(({ inferer }) => inferer !== gone),
      losses: {
        network: one.losses!.network,
        inferers: one.losses!.inferers.filter(({ inferer }) => inferer !== gone),
      },
    });
    const left = history.map((one, n) => (n < 60 ? one : without(one, 'b')));
    expect(forecast(left.slice(0, 70), 70)).toHaveLength(5);
    expect(forecast(left.slice(0, 90), 90).map(({ inferer }) => inferer)).not.toContain('b');
    const joined = history.map((one, n) => (n < 79 ? without(one, 'e') : one));
    const newcomer = forecast(joined.slice(0, 80), 80).find(({ inferer }) => inferer === 'e')!;
    const [first] = joined[79]!.losses!.inferers.filter(({ inferer }) => inferer === 'e');
    expect(newcomer.pastMean).toBe(first!.loss);
    expect(newcomer.loss).toBeLessThan(first!.loss);
  });

  it('stays a number whatever is published', () => {
    const broken = history.slice(0, 80).map((one, n): PastEpoch => {
      if (n === 20) return { ...one, losses: { ...one.losses!, network: Number.NaN } };
      if (n === 21) return { ...one, losses: { network: 1, inferers: [{ inferer: 'a', loss: -Infinity }] } };
      if (n === 22) return { ...one, inferences: [{ inferer: 'a', value: Number.NaN }] };
      if (n === 23) return { ...one, inferences: [], losses: null };
      if (n === 24) return { ...one, context: [Number.NaN, 3] };
      return one;
    });
    for (const { loss } of forecast(broken, 80)) expect(Number.isFinite(loss)).toBe(true);
    expect(forecast(broken, 80)).toHaveLength(5);
  });
});

describe('the chosen forecasts', () => {
  const forecasts = Array.from({ length: 30 }, (_, n) => ({ inferer: `i${n}`, loss: n, pastMean: n }));

  it('are the better half, three at least and as many as are allowed at most', () => {
    expect(chosenForecasts(forecasts, 12)).toEqual(forecasts.slice(0, 12));
    expect(chosenForecasts(forecasts.slice(0, 11), 12)).toEqual(forecasts.slice(0, 6));
    expect(chosenForecasts(forecasts.slice(0, 4), 12)).toEqual(forecasts.slice(0, 3));
    expect(chosenForecasts(forecasts.slice(0, 2), 12)).toEqual(forecasts.slice(0, 2));
  });
});
