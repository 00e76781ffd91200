import { backtest } from '@allora/backtest/backtest';
import { askModel } from '@allora/backtest/answers/candidate-answers';
import { requireDatedRows } from '@allora/backtest/answers/look-ahead';
import type { RecordedEpoch, TopicHistory } from '@allora/backtest/history/recorded';
import { answerEpoch } from '@allora/backtest/replay/epoch-answer';
import { Learning } from '@allora/backtest/replay/learning';
import { lossAgainst } from '@allora/backtest/replay/bundles';
import { Paying } from '@allora/backtest/replay/paying';
import { replay } from '@allora/backtest/replay/replay';
import { Scoring } from '@allora/backtest/replay/scoring';
import { grade } from '@allora/backtest/report/grade';
import type { InferenceModel } from '@allora/runner/models/model';
import { describe, expect, it } from 'vitest';
import { createCast } from '../demo/cast';
import { loadPrices, openFeed } from '../demo/prices';
import { topicParams } from '../demo/set-up';

const SEED = '3';
const EPOCHS = 120;
const cast = createCast(SEED);
const feed = openFeed(loadPrices(), SEED, EPOCHS);
const reputer = cast.reputers[0]!.account.address;
const nonceOf = (index: number): number => 101 + 10 * index;
const indexOf = (nonce: number): number => (nonce - 101) / 10;
const worker = 'allo1zzz';

/** The demo's inferers, as a network of theirs would have told it. */
function demoHistory(): TopicHistory {
  const [learning, scoring, paying] = [new Learning(), new Scoring(), new Paying()];
  const epochs = Array.from({ length: EPOCHS }, (_, index): RecordedEpoch => {
    const inferers = cast.inferers
      .map(({ account, predict }) => ({
        inferer: account.address,
        value: predict(feed.history(index)).toFixed(4),
      }))
      .sort((a, b) => (a.inferer < b.inferer ? -1 : 1));
    const truth = { truth: feed.truth(index).close, errorFloor: 0, source: 'given' as const };
    const open: RecordedEpoch = {
      ...{ nonce: nonceOf(index), settledNonce: index > 0 ? nonceOf(index - 1) : null, atMs: index * 1_000 },
      ...{ params: topicParams, inferers, passiveInferers: [], forecasts: [], told: null, losses: null },
      ...{ infererScores: [], forecasterScores: [], reputers: [], emissionUallo: 10n ** 20n, payments: [] },
      truths: new Map([[reputer, truth]]),
    };
    const answer = answerEpoch(open, learning, null);
    const { combined, naive } = answer.inference!;
    const told = { combined, naive, initialRegret: learning.initialRegret };
    const stake = { reputer, stakeUallo: 10n ** 23n, delegatedUallo: 0n, lossOf: lossAgainst(truth, 'mse') };
    const scored = scoring.score(open, answer, [stake]);
    const epoch = { ...open, ...scored, told, payments: paying.pay(scored) };
    learning.settle(epoch);
    return epoch;
  });
  return { topicId: 1, lossMethod: 'mse', epochs };
}

const history = demoHistory();
const modelOf = (answer: (index: number) => number): InferenceModel => ({
  infer: ({ nonce }) => Promise.resolve(answer(indexOf(nonce)).toFixed(6)),
  close: () => Promise.resolve(),
});
const truthOf = (index: number): number => feed.truth(index).close;
/** Nearer to the truth than all others, and never the truth itself. */
const best = modelOf((index) => truthOf(index) + (index % 2 === 0 ? 3 : -2));
const bad = modelOf((index) => truthOf(index) * (index % 2 === 0 ? 1.3 : 0.7));

describe('a backtest on the history of the demo', () => {
  it('says that the best worker adds something, and passes it', async () => {
    const report = await backtest(history, best, { worker });
    expect(report).toMatchObject({ verdict: 'adds', rank: 1, answeredPart: 1, warnings: [] });
    expect(report.contribution!.low).toBeGreaterThan(0);
    expect(report.networkLoss.with!).toBeLessThan(report.networkLoss.without!);
    expect(grade(report)).toMatchObject({ passed: true });
    expect(await backtest(history, best, { worker })).toEqual(report);
  });

  it('says that the deliberately bad one adds nothing, and fails it', async () => {
    const report = await backtest(history, bad, { worker });
    expect(report).toMatchObject({ verdict: 'adds_nothing', rank: cast.inferers.length + 1 });
    expect(
      grade(report)
        .checks.filter(({ passed }) => !passed)
        .map(({ name }) => name),
    ).toEqual(['contribution', 'loss']);
  });

  it('lets a newcomer begin with the initial regret, and leaves out epochs without an answer', async () => {
    const from = nonceOf(60);
    const some: InferenceModel = {
      ...best,
      infer: (question) =>
        question.nonce === nonceOf(70) ? Promise.reject(new Error('asleep')) : best.infer(question),
    };
    const report = await backtest(history, some, { worker, from });
    expect(report).toMatchObject({
      asked: 60,
      answered: 59,
      failures: [{ nonce: nonceOf(70), reason: 'asleep' }],
    });
    expect(report.epochs[0]).toMatchObject({ regret: history.epochs[60]!.told!.initialRegret });
    expect(report.epochs[10]).toMatchObject({ active: false, score: null, value: null });
  });

  it('asks in order, with the time of the epoch, and suspects who knows the truth', async () => {
    const asked: number[] = [];
    const spy: InferenceModel = {
      ...best,
      infer: (question) => {
        asked.push(question.atMs);
        return best.infer(question);
      },
    };
    await askModel(history, spy, { worker });
    expect(asked).toEqual(history.epochs.map(({ atMs }) => atMs));
    const seer = await backtest(history, modelOf(truthOf), { worker });
    expect(seer.lookAhead.suspected).toBe(true);
    expect(grade(seer).passed).toBe(false);
    const rows = { type: 'csv' as const, file: 'x.csv' };
    const onnx = {
      type: 'onnx' as const,
      file: 'm',
      features: [],
      dtype: 'float32' as const,
      result: { as: 'value' as const },
    };
    expect(() => requireDatedRows({ ...onnx, source: rows })).toThrow(/neither a time nor a height/);
    expect(() => requireDatedRows({ ...onnx, source: { ...rows, timeColumn: 't' } })).not.toThrow();
  });

  it('refuses a record that does not follow from itself', () => {
    const [first, ...rest] = history.epochs;
    const told = { ...first!.told!, combined: first!.told!.combined + 1e-9 };
    const changed = { ...history, epochs: [{ ...first!, told }, ...rest] };
    expect(() => replay(changed, { worker, answers: new Map() })).toThrow(/does not follow/);
  });
});
