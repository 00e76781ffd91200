import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearly, synthesisInputs } from '../../test/arbitraries';
import { scoreReports } from '../epoch/score-reports';
import type { LossBundle } from '../loss/loss-table';
import { DEFAULT_PARAMS } from '../params';
import { emptyRow } from '../regret/regret-table';
import { synthesize } from '../synthesis/network-inference';
import { toldValues } from './epoch-values';
import { lossOfTruth } from './recovered-truth';
import { type EpochChange, NO_CHANGE, type PastEpoch, simulateEpoch } from './what-if';
import { withoutWorkers } from './without-workers';

/** Far enough apart that ten places of a loss tell them apart. */
const values = fc.integer({ min: -20_000, max: 20_000 }).map((x) => x / 10);

const bundleOf = (told: LossBundle, lossOf: (value: number) => number): LossBundle => {
  const row = (xs: readonly (number | null)[]) => xs.map((x) => (x === null ? null : lossOf(x)));
  return {
    combined: lossOf(told.combined),
    naive: lossOf(told.naive),
    inferer: row(told.inferer),
    forecaster: row(told.forecaster),
    oneOutInferer: row(told.oneOutInferer),
    oneOutForecaster: row(told.oneOutForecaster),
    oneInForecaster: row(told.oneInForecaster),
    oneOutInfererForecaster: told.oneOutInfererForecaster.map(row),
  };
};

interface Case {
  readonly past: PastEpoch;
  readonly truths: readonly number[];
}

/** Epochs whose reputers each hold another number for true and report ten places of every loss. */
const cases: fc.Arbitrary<Case> = fc
  .tuple(
    synthesisInputs(values),
    fc.array(
      fc.tuple(values, fc.integer({ min: 1, max: 1000 }), fc.option(fc.double({ min: 0.5, max: 1 }))),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  )
  .map(([synthesis, reputers]) => {
    const { values: told } = toldValues(synthesis, synthesize(synthesis, DEFAULT_PARAMS));
    const truths = reputers.map(([truth]) => truth + 0.0437);
    return {
      truths,
      past: {
        synthesis,
        reports: {
          reputers: reputers.map((_, m) => `r${m}`),
          stakes: reputers.map(([, stake]) => stake),
          bundles: truths.map((truth) =>
            bundleOf(told, (value) => Number(lossOfTruth(truth, value).toFixed(10))),
          ),
          listeningCoefficients: reputers.map(([, , coefficient]) => coefficient),
        },
        minimumStake: 1,
        synthesisParams: DEFAULT_PARAMS,
        scoreParams: DEFAULT_PARAMS,
      },
    };
  });

/** As the network would have scored it, had these values been told and scored against these truths. */
function scoredDirectly({ past, truths }: Case, change: EpochChange) {
  const input = withoutWorkers(past.synthesis, change.without);
  const pNorm = change.pNorm ?? DEFAULT_PARAMS.pNorm;
  const told = toldValues(input, synthesize(input, { ...DEFAULT_PARAMS, pNorm }));
  return scoreReports(
    {
      ...past.reports,
      inferers: told.inferers,
      forecasters: told.forecasters,
      bundles: truths.map((truth) => bundleOf(told.values, (value) => lossOfTruth(truth, value))),
      infererEma: emptyRow(told.inferers.length),
      forecasterEma: emptyRow(told.forecasters.length),
      reputerEma: emptyRow(truths.length),
    },
    DEFAULT_PARAMS,
  );
}

const simulated = (past: PastEpoch, change: Partial<EpochChange>) => {
  const answer = simulateEpoch(past, { ...NO_CHANGE, ...change });
  if (answer.kind !== 'simulated') throw new Error(`${answer.reputer}: ${answer.reason}`);
  return answer;
};

describe('simulateEpoch', () => {
  it('gives the same epoch to the bit when nothing changes', () => {
    fc.assert(
      fc.property(cases, ({ past }) => {
        const again = simulated(past, {});
        const { synthesis, reports } = past;
        const told = toldValues(synthesis, synthesize(synthesis, DEFAULT_PARAMS));
        const lone = synthesis.inferers.length === 1;
        if (lone) expect(told.values.oneOutInferer).toEqual([null]);
        const scored = scoreReports(
          {
            ...reports,
            inferers: told.inferers,
            forecasters: told.forecasters,
            infererEma: emptyRow(told.inferers.length),
            forecasterEma: emptyRow(told.forecasters.length),
            reputerEma: emptyRow(reports.reputers.length),
          },
          DEFAULT_PARAMS,
        );
        expect(again.inference).toEqual(synthesize(synthesis, DEFAULT_PARAMS));
        expect(again.scored).toEqual(scored);
        expect(again.truths).toEqual([]);
      }),
    );
  });

  it('scores other values as the network would have, from the truth that the losses imply', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        cases,
        fc.double({ min: 2.5, max: 4.5, noNaN: true }),
        fc.boolean(),
        (one, pNorm, removes) => {
          const { inferers } = one.past.synthesis;
          fc.pre(inferers.length > 2);
          const change = { ...NO_CHANGE, pNorm, without: new Set(removes ? [inferers[0]!] : []) };
          const answer = simulateEpoch(one.past, change);
          if (answer.kind !== 'simulated') return;
          compared += 1;
          for (const { reputer, truth } of answer.truths)
            expect(truth).toBeCloseTo(one.truths[Number(reputer.slice(1))]!, 5);
          const direct = scoredDirectly(one, change);
          expect(answer.scored.result === null).toBe(direct.result === null);
          if (!nearly(answer.scored.result?.network, direct.result?.network, 1e-5, 1e-5))
            expect(answer.scored.result?.network).toEqual(direct.result?.network);
        },
      ),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('needs no truth to leave a reputer out or to move stake', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 10 }), ({ past }, stake) => {
        const lies: PastEpoch = {
          ...past,
          reports: {
            ...past.reports,
            bundles: past.reports.bundles.map((b) => bundleOf(b, (x) => x * x - 1)),
          },
        };
        const answer = simulated(lies, { without: new Set(['r0']), stakes: new Map([['r1', stake]]) });
        expect(answer.reputers).toEqual(past.reports.reputers.slice(1));
        expect(answer.truths).toEqual([]);
        const { network } = answer.scored.result ?? {};
        if (answer.reputers.length === 1) expect(network?.combined).toBe(lies.reports.bundles[1]!.combined);
      }),
    );
  });

  const [three] = fc.sample(
    cases.filter(({ past }) => past.synthesis.inferers.length > 3 && past.synthesis.networkLoss !== null),
    { numRuns: 1, seed: 5 },
  );

  it('says whose losses tell no truth', () => {
    const { past } = three!;
    const bundles = past.reports.bundles.map((bundle) => ({
      ...bundle,
      inferer: bundle.inferer.map((_, j) => (j * 37) % 11),
    }));
    const answer = simulateEpoch(
      { ...past, reports: { ...past.reports, bundles } },
      { ...NO_CHANGE, without: new Set([past.synthesis.inferers[0]!]) },
    );
    expect(answer).toEqual({ kind: 'truth_unknown', reputer: 'r0', reason: 'no_agreement' });
  });

  it('leaves out a reputer whose stake was moved below the minimum', () => {
    const { past } = three!;
    const answer = simulated({ ...past, minimumStake: 10 }, { stakes: new Map([['r0', 9]]) });
    expect(answer.reputers).not.toContain('r0');
  });

  it('has no answer without a single inference', () => {
    const { past } = three!;
    const answer = simulated(past, { without: new Set(past.synthesis.inferers) });
    expect(answer).toMatchObject({ inference: null, inferers: [], scored: { result: null } });
    const lone = simulated(past, { without: new Set(past.synthesis.inferers.slice(1)) });
    expect(lone.inference).toMatchObject({ mode: 'single' });
    expect(lone.scored.result?.network.oneOutInferer).toEqual([null]);
  });
});
