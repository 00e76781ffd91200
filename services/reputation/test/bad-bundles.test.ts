import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { LossSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingMessages, MAX_TOLD } from '../src/finding-messages';
import { type EpochToScore, scoreEpoch, type Standing } from '../src/score-epoch';
import { joinLossSets } from '../src/proto';
import { epochLogs, params } from './epoch-logs';

const logs = epochLogs(7);
const nonce = 10;
const sets = logs.loss_set.filter((set) => set.nonce === nonce);
const staked = (submission: LossSubmission) => submission.reputer !== 'unstaked';
const good: EpochToScore = {
  losses: { ...joinLossSets(sets), submissions: sets.flatMap(({ losses }) => losses).filter(staked) },
  inference: logs.network_inference.find((inference) => inference.nonce === nonce)!,
  stakes: logs.stake_snapshot.find((snapshot) => snapshot.nonce === nonce)!.stakes,
  minimumStakeUallo: '10000',
};
const standing: Standing = {
  infererEma: new Map([['a', 0.4]]),
  forecasterEma: new Map(),
  reputerEma: new Map([
    ['r1', 3],
    ['r2', 2],
    ['r3', 1],
  ]),
  listeningCoefficients: new Map([['r2', 0.75]]),
  quantiles: { inferer: 0.1, forecaster: null, reputer: 2 },
};

/** Of the highest EMA score: active, if its bundle counts. */
const standingOfRich: Standing = {
  ...standing,
  reputerEma: new Map([...standing.reputerEma, ['rich', 99]]),
};

/** Everything that an epoch is told by, without what is told of bundles. */
function bytes(epoch: EpochToScore) {
  const { losses, scores, quantiles } = scoreEpoch(epoch, standing);
  return {
    losses: NetworkLosses.encode(losses).finish(),
    scores: EpochScores.encode({ ...scores, findings: [] }).finish(),
    quantiles,
  };
}

const workers = ['a', 'b', 'c', 'k', 'z', 'nobody'];
const text = fc.oneof(
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map(String),
  fc.constantFrom('1e308', '-1e308', '1e999', 'NaN', '0'),
);
const losses = fc.array(fc.record({ worker: fc.constantFrom(...workers), value: text }), { maxLength: 8 });
const badBundle = fc.record({
  combined: text,
  naive: text,
  inferers: losses,
  forecasters: losses,
  oneOutInferers: losses,
  oneOutForecasters: losses,
  oneInForecasters: losses,
  oneOutInfererForecasters: fc.array(
    fc.record({ forecaster: fc.constantFrom(...workers), oneOutInferers: losses }),
    { maxLength: 3 },
  ),
});

const withBundles = (bad: readonly LossSubmission[], at: number): EpochToScore => {
  const { submissions } = good.losses;
  const n = at % (submissions.length + 1);
  return { ...good, losses: { ...good.losses, submissions: submissions.toSpliced(n, 0, ...bad) } };
};
const submission = (reputer: string, lists: object): LossSubmission =>
  LossSubmission.fromPartial({ topicId: 7, nonce, reputer, ...lists });

describe('bundles that do not count', () => {
  const expected = bytes(good);

  it('are not what the epoch is made of in the first place', () => {
    const { scores } = scoreEpoch(good, standing);
    expect(scores.outcome).toBe(EpochOutcome.SCORED);
    expect(scores.reputers.filter(({ score }) => score !== undefined)).toHaveLength(params.maxActiveReputers);
  });

  it('of reputers without stake leave losses, scores and quantiles as they are to the bit', () => {
    const bad = fc.array(badBundle, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(bad, fc.nat(), (lists, at) => {
        const bundles = lists.map((list, i) => submission(`poor${i}`, list));
        const epoch = withBundles(bundles, at);
        expect(bytes(epoch)).toStrictEqual(expected);
        const { findings } = scoreEpoch(epoch, standing).scores;
        const told = findings.filter(({ reason }) => reason === 'STAKE_BELOW_MINIMUM');
        expect(told.map(({ reputer }) => reputer)).toEqual(bundles.map(({ reputer }) => reputer));
      }),
    );
  });

  it('without finite losses of the network take nobody their place, whatever their stake and standing', () => {
    const rich = { reputer: 'rich', stakeUallo: `9${'0'.repeat(30)}`, delegatedUallo: '0' };
    fc.assert(
      fc.property(badBundle, fc.nat(), fc.constantFrom('1e999', '-1e999', 'NaN'), (lists, at, naive) => {
        const bad = submission('rich', { ...lists, naive });
        const epoch = { ...withBundles([bad], at), stakes: [...good.stakes, rich] };
        const { scores, losses } = scoreEpoch(epoch, standingOfRich);
        expect(NetworkLosses.encode(losses).finish()).toStrictEqual(expected.losses);
        expect(EpochScores.encode({ ...scores, findings: [] }).finish()).toStrictEqual(expected.scores);
        expect(scores.findings.find(({ reputer }) => reputer === 'rich')?.reason).toBe('NOT_FINITE');
      }),
    );
  });

  it('never void an epoch: with any bundle more it has losses, or says why it has none', () => {
    const rich = { reputer: 'rich', stakeUallo: '5000000000000000000', delegatedUallo: '0' };
    fc.assert(
      fc.property(badBundle, fc.nat(), (lists, at) => {
        const epoch = { ...withBundles([submission('rich', lists)], at), stakes: [...good.stakes, rich] };
        const { scores, refusals } = scoreEpoch(epoch, standingOfRich);
        expect([scores.outcome, refusals]).toEqual([EpochOutcome.SCORED, expect.anything()]);
        expect(scores.reputers.map(({ emaScore }) => Number.isFinite(emaScore))).not.toContain(false);
      }),
    );
  });
});

describe('what is told of bundles', () => {
  const dropped = (count: number) =>
    Array.from({ length: count }, () => ({
      list: 'inferer' as const,
      worker: 'x',
      reason: 'UNKNOWN_WORKER' as const,
    }));

  it('names at most a hundred values of a bundle and counts all', () => {
    const [one] = findingMessages([{ reputer: 'r', reason: null, dropped: dropped(250) }]);
    expect([one!.dropped.length, one!.droppedCount]).toEqual([100, 250]);
  });

  it('is bounded over an epoch, those that got nothing first, in order of reputer', () => {
    const findings = Array.from({ length: 20_000 }, (_, i) => ({
      reputer: `r${String(i).padStart(5, '0')}`,
      reason: i % 4 === 0 ? ('STAKE_BELOW_MINIMUM' as const) : null,
      dropped: i % 4 === 0 ? [] : dropped(3),
    }));
    const told = findingMessages(findings);
    expect(told).toHaveLength(MAX_TOLD.findings);
    expect(told.filter(({ reason }) => reason !== '')).toHaveLength(5_000);
    expect(told.map(({ reputer }) => reputer)).toEqual(told.map(({ reputer }) => reputer).toSorted());
    expect(told.flatMap((one) => one.dropped).length).toBeLessThanOrEqual(MAX_TOLD.values);
  });
});
