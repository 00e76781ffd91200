import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ordinary, scoreInputs } from '../../test/arbitraries';
import { bareBundle } from '../loss/loss-table';
import { networkLosses } from '../loss/network-losses';
import { DEFAULT_PARAMS } from '../params';
import { scoreEpoch } from '../score/scores';
import { confirmedEntries } from './confirmed-entries';
import { type ReportsToScore, reportsToScore, scoreReports, stakeInAllo } from './score-reports';

const reports = (stakes: readonly number[], inferer: readonly (number | null)[][]): ReportsToScore => ({
  inferers: ['a', 'b'],
  forecasters: [],
  reputers: stakes.map((_, m) => `r${m}`),
  stakes,
  bundles: inferer.map((row, m) => ({ ...bareBundle(-1 - m / 10, -0.5, 2, 0), inferer: row })),
  listeningCoefficients: stakes.map(() => null),
  infererEma: [null, null],
  forecasterEma: [],
  reputerEma: stakes.map(() => null),
});

describe('reportsToScore', () => {
  it('finds what is known of each participant, and null where nothing is', () => {
    const { inferers, forecasters, reputers, stakes, bundles } = reports([1, 2], []);
    const reported = { inferers, forecasters, reputers, stakes, bundles };
    const standing = {
      infererEma: new Map([['b', 5]]),
      forecasterEma: new Map<string, number>(),
      reputerEma: new Map([['r0', 6]]),
      listeningCoefficients: new Map([['r1', 0.5]]),
    };
    expect(reportsToScore(reported, standing)).toEqual({
      ...reported,
      ...{
        infererEma: [null, 5],
        forecasterEma: [],
        reputerEma: [6, null],
        listeningCoefficients: [null, 0.5],
      },
    });
  });
});

describe('scoreReports', () => {
  it('is the network losses and the scores of what was reported', () => {
    fc.assert(
      fc.property(scoreInputs(ordinary), (input) => {
        const { result, refusals } = scoreReports(input, DEFAULT_PARAMS);
        if (refusals.length > 0) return;
        const network = networkLosses(input);
        expect(result).toEqual({
          network,
          scores: scoreEpoch({ ...input, networkLosses: network }, DEFAULT_PARAMS),
        });
      }),
    );
  });

  it('goes on with confirmed entries where an unheard reputer alone reports one', () => {
    const unheard = reports(
      [10, 1],
      [
        [-1, null],
        [-1, -2],
      ],
    );
    const { result, refusals } = scoreReports({ ...unheard, listeningCoefficients: [1, 0] }, DEFAULT_PARAMS);
    expect(refusals.map(({ code }) => code)).toEqual(['CONSENSUS_UNDEFINED']);
    expect(result?.network.inferer).toEqual([-1, null]);
  });

  it('has no result where nothing is confirmed either', () => {
    const { result, refusals } = scoreReports(reports([0], [[-1, -1]]), DEFAULT_PARAMS);
    expect(result).toBeNull();
    expect(refusals.map(({ code }) => code)).toEqual(['ZERO_STAKE', 'ZERO_STAKE']);
  });

  it('reads stakes in ALLO', () => {
    expect(stakeInAllo('1500000000000000000')).toBe(1.5);
  });
});

describe('confirmedEntries', () => {
  it('keeps what more than half of the stake reported', () => {
    const { bundles } = confirmedEntries(
      reports(
        [3, 2, 1],
        [
          [-1, null],
          [-1, -2],
          [null, -2],
        ],
      ),
    );
    expect(bundles.map(({ inferer }) => inferer)).toEqual([
      [-1, null],
      [-1, null],
      [null, null],
    ]);
  });
});
