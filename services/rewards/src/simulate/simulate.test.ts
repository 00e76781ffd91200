import { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { toldValues } from '@allora/protocol/explain/epoch-values';
import { lossOfTruth } from '@allora/protocol/explain/recovered-truth';
import { NO_CHANGE, type PastEpoch as PastInputs, simulateEpoch } from '@allora/protocol/explain/what-if';
import { bareBundle } from '@allora/protocol/loss/loss-table';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { emptyRegretTable } from '@allora/protocol/regret/regret-table';
import { synthesize } from '@allora/protocol/synthesis/network-inference';
import type { SimulationQuestion } from '@allora/public-api/routes/past-epochs';
import { describe, expect, it } from 'vitest';
import { epochRewardsOf } from '../proto';
import type { SettledState } from '../settled-epochs.store';
import { simulate, type Simulation } from './simulate';
import { paySimulated } from './simulated-payout';

const ALLO = 10n ** 18n;
const params = TopicParams.fromPartial({ epsilon: 0.01, pNorm: 3 });
const inferences = [98, 101, 107, 95];
const inferers = ['a', 'b', 'c', 'd'];
const synthesis = {
  inferers,
  inferences,
  forecasters: [],
  forecasts: [],
  networkLoss: 1,
  initialRegret: -0.4,
  regrets: { ...emptyRegretTable(4, 0), inferer: [0.3, -0.2, 0.1, -0.5] },
};
const inference = synthesize(synthesis, DEFAULT_PARAMS);
const { values } = toldValues(synthesis, inference);

/** One reputer holds 100 for true; the other's losses were made up. */
function bundles() {
  const loss = (value: number | null): number => Number(lossOfTruth(100, value!).toFixed(8));
  const honest = {
    ...bareBundle(loss(values.combined), loss(values.naive), 4, 0),
    inferer: values.inferer.map(loss),
    oneOutInferer: values.oneOutInferer.map(loss),
  };
  return [honest, { ...honest, inferer: [0.4, -0.8, 1.9, 0.1] }];
}

const inputs: PastInputs = {
  synthesis,
  reports: {
    reputers: ['r', 's'],
    stakes: [50, 40],
    bundles: bundles(),
    listeningCoefficients: [null, 0.9],
  },
  minimumStake: 1,
  synthesisParams: DEFAULT_PARAMS,
  scoreParams: DEFAULT_PARAMS,
};

const state: SettledState = {
  scoreRatio: 0,
  smoothedFractions: { inferer: {}, forecaster: {}, reputer: {} },
  scoreHistory: { inferer: [[0.3, -0.1]], forecaster: [] },
};

/** What would have been stored of it. */
function settled(): Simulation {
  const again = simulateEpoch(inputs, NO_CHANGE);
  if (again.kind !== 'simulated') throw new Error('no change needs a truth');
  const setAside = {
    ...{ weight: 1, totalWeight: 1, blockEmissionUallo: ALLO, epochLengthBlocks: 10 },
    amountUallo: 10n * ALLO,
  };
  const stakes = EpochScores.fromPartial({
    ...{ topicId: 1, nonce: 50, params },
    reputers: [
      { reputer: 'r', stakeUallo: (50n * ALLO).toString(), delegatedUallo: (20n * ALLO).toString() },
      { reputer: 's', stakeUallo: (40n * ALLO).toString(), delegatedUallo: '0' },
    ],
  });
  const before = { result: 'paid', scores: stakes, state } as const;
  const rewards = epochRewardsOf(stakes, { kind: 'empty', ownScores: { inferer: [], forecaster: [] } }, 0n);
  const { scores, payout } = paySimulated({ settled: { ...before, rewards }, setAside }, again, new Map());
  return {
    past: {
      settled: { ...before, scores, rewards: epochRewardsOf(scores, payout, setAside.amountUallo) },
      setAside,
      reservedUallo: setAside.amountUallo,
      moved: new Map(),
    },
    inputs,
    told: NetworkInference.fromPartial({
      combined: inference.combined,
      naive: inference.naive,
      inferers: inferers.map((inferer, j) => ({ inferer, weight: inference.infererWeights![j] })),
    }),
    lossMethod: 'mse',
  };
}

const question = (change: Partial<SimulationQuestion>): SimulationQuestion => ({
  ...{ topicId: 1, nonce: 50, without: [], stakes: {} },
  ...change,
});

describe('simulate', () => {
  it('answers the same epoch twice when nothing changes', () => {
    const { actual, simulated, recoveredTruth, participants } = simulate(settled(), question({}));
    expect(simulated).toEqual(actual);
    expect(recoveredTruth).toBeNull();
    expect(participants.every(({ difference }) => difference.amountUallo === 0n)).toBe(true);
  });

  it('names the reputer whose losses tell no truth, and goes on without it', () => {
    expect(() => simulate(settled(), question({ without: ['c'] }))).toThrow(
      expect.objectContaining({
        code: 'TRUTH_NOT_RECOVERABLE',
        facts: { reputer: 's', reason: 'no_agreement' },
      }),
    );
    const { recoveredTruth, participants } = simulate(settled(), question({ without: ['c', 's'] }));
    expect(recoveredTruth!.reputers).toMatchObject([{ reputer: 'r', errorFloor: 0 }]);
    expect(recoveredTruth!.reputers[0]!.truth).toBeCloseTo(100, 6);
    expect(participants.filter(({ simulated }) => simulated === null)).toMatchObject([
      { participant: 'c', role: 'inferer' },
      { participant: 's', role: 'reputer' },
    ]);
  });

  it('refuses losses of a method that it cannot compute, and only then', () => {
    const pinball = { ...settled(), lossMethod: 'pinball' };
    expect(() => simulate(pinball, question({ pNorm: 4 }))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_LOSS_METHOD' }),
    );
    expect(simulate(pinball, question({ without: ['s'] })).recoveredTruth).toBeNull();
  });

  it('moves the own part of a stake before the delegated one', () => {
    const stakes = { r: (30n * ALLO).toString() };
    const { participants } = simulate(settled(), question({ stakes }));
    const reputer = participants.find(({ participant }) => participant === 'r')!;
    const { amountUallo, delegatorsUallo } = reputer.simulated!;
    expect(Number(delegatorsUallo) / Number(amountUallo + delegatorsUallo)).toBeCloseTo(2 / 3, 12);
    const all = simulate(settled(), question({ stakes: { r: (15n * ALLO).toString() } }));
    expect(
      all.participants.find(({ participant }) => participant === 'r')!.simulated!.amountUallo,
    ).toBeLessThan(10n);
  });

  it('answers nothing when the epoch is not what it was', () => {
    const past = settled();
    const other = { ...past, told: { ...past.told, combined: past.told.combined + 1e-9 } };
    expect(() => simulate(other, question({}))).toThrow(/another inference/);
    const [honest, liar] = bundles();
    const reports = { ...inputs.reports, bundles: [honest!, { ...liar!, combined: 0.5 }] };
    expect(() => simulate({ ...past, inputs: { ...inputs, reports } }, question({}))).toThrow(/other scores/);
    const { settled: stored } = past.past;
    const tampered = { ...stored, state: { ...state, scoreRatio: 0.5 } };
    expect(() => simulate({ ...past, past: { ...past.past, settled: tampered } }, question({}))).toThrow(
      /other rewards/,
    );
  });

  it('refuses epochs that take too long', () => {
    const many = Array.from({ length: 2_000 }, (_, i) => `w${String(i).padStart(4, '0')}`);
    const large = { ...inputs, synthesis: { ...synthesis, inferers: many } };
    expect(() => simulate({ ...settled(), inputs: large }, question({}))).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });
});
