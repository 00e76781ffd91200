import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearly, ordinary, rewardInputs } from '../../test/arbitraries';
import { ProtocolError } from '../errors';
import { DEFAULT_PARAMS } from '../params';
import { type ExplainedPayment, explainPayments, WORKED_ROLES } from './explain-payment';
import { workEpoch, type EpochToExplain, type WorkedEpoch } from './worked-epoch';
import { scaleDouble } from '../uallo';
import { entitledUallo } from './worked-tasks';
import { type Quantity, type WorkedStep, workedStep } from './worked-step';

const ALLO = 10n ** 18n;

const epochs: fc.Arbitrary<EpochToExplain> = fc
  .tuple(rewardInputs(ordinary), fc.bigInt(0n, 10n ** 27n), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([input, blockEmissionUallo, weight]) => {
    const entitled = { weight, totalWeight: 1, blockEmissionUallo, epochLengthBlocks: 10, amountUallo: 0n };
    const setAside = { ...entitled, amountUallo: entitledUallo(entitled) };
    return {
      input: { ...input, topicReward: Number(setAside.amountUallo) },
      params: DEFAULT_PARAMS,
      setAside,
    };
  });

function worked(epoch: EpochToExplain): WorkedEpoch | null {
  try {
    return workEpoch(epoch);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

const everybody = ({ input }: EpochToExplain): string[] => [
  ...new Set([...input.inferers, ...input.forecasters, ...input.reputers]),
];

const explainAll = (epoch: WorkedEpoch): ExplainedPayment[] =>
  everybody(epoch).flatMap((id) => explainPayments(epoch, id));

/** A second reading of the steps' formulas, from nothing but their inputs. Null: a number told, or a choice of words. */
function recompute({ name, formula, inputs }: WorkedStep): Quantity {
  const x = (key: string): number => Number(inputs[key]);
  const list = (key: string): readonly number[] => inputs[key] as readonly number[];
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  switch (name) {
    case 'spread': {
      const W = list('W');
      const centre = total(W) / W.length;
      return W.length < 2 ? 0 : Math.sqrt(total(W.map((w) => (w - centre) ** 2)) / (W.length - 1));
    }
    case 'potential':
      if ('S_m' in inputs) return (x('S_m') * x('T_m')) ** x('p');
      return 'z' in inputs
        ? Math.exp(x('p') * (x('T') / (x('sigma') + x('epsilon')) - x('c')) - x('z'))
        : Math.log1p(Math.exp(x('p') * (x('T') / (x('sigma') + x('epsilon')) - x('c'))));
    case 'sum_of_potentials':
      return total(list('phi' in inputs ? 'phi' : 'potentials'));
    case 'fraction':
      if ('N' in inputs) return 1 / x('N');
      return 'phi' in inputs ? x('phi') / x('sum_of_phi') : x('potential') / x('sum_of_potentials');
    case 'smoothed':
      return 'alpha_T' in inputs ? x('alpha_T') * x('x') + (1 - x('alpha_T')) * x('y_previous') : x('x');
    case 'smoothed_fraction':
      return x('y') / x('sum_of_y');
    case 'effective_number':
      return 1 / total(list('y').map((y) => y * y));
    case 'entropy':
      if ('constant' in inputs) return x('constant');
      return 'N' in inputs ? -x('sum of f ln f') * (x('N_eff') / x('N')) ** x('beta') : 0;
    case 'forecasting_score':
      return x('L^-') - x('L');
    case 'best_inferer_score':
      return Math.max(0, ...list('T_j'));
    case 'score_ratio':
      return 'ratio' in inputs ? x('alpha_T') * x('ratio') + (1 - x('alpha_T')) * x('tau_previous') : 0;
    case 'chi':
      if (formula.startsWith('chi = 0.5,')) return 0.5;
      return x('tau') < 0 ? 0.1 : x('tau') >= 1 ? 0.5 : 0.4 * x('tau') + 0.1;
    case 'gamma':
      return (x('F') + x('G')) / ((1 - x('chi')) * x('F') + x('chi') * x('G'));
    case 'topic_share':
      return x('weight') / x('total_weight');
    case 'entitled':
      return scaleDouble(x('share'), (inputs['block_emission'] as bigint) * BigInt(x('epoch_length')));
    case 'task_reward': {
      const { F, G, H } = { F: x('F'), G: x('G'), H: x('H') };
      const part = formula.startsWith('U')
        ? (1 - x('chi')) * x('gamma') * F
        : formula.startsWith('V')
          ? x('chi') * x('gamma') * G
          : H;
      return (part / (F + G + H)) * x('E');
    }
    case 'gross':
      return x('fraction') * x('task_reward');
    case 'delegators':
      return Math.floor((x('gross') * x('delegated')) / x('stake'));
    case 'kept':
      return x('gross') - x('delegators');
    case 'truncated':
      return BigInt(Math.trunc(x('reward')));
    case 'paid':
      return (inputs['due'] as bigint) - ((inputs['withheld'] as bigint | undefined) ?? 0n);
    case 'rounded_to_the_whole':
      return (inputs['truncated'] as bigint) - (inputs['excess'] as bigint);
    default:
      return null;
  }
}

/** Steps whose doubles cancel or lie beside a cut keep fewer digits than their inputs tell. */
const agrees = (step: WorkedStep, again: Quantity): boolean =>
  typeof step.value === 'bigint' && typeof again === 'bigint'
    ? step.value === again
    : nearly(Number(step.value), Number(again), 1e-9, 1e-300);

describe('explainPayments', () => {
  it('adds up to what was paid, whatever the epoch', () => {
    fc.assert(
      fc.property(epochs, (epoch) => {
        const done = worked(epoch);
        if (!done) return;
        const explained = explainAll(done);
        const sum = explained.reduce((all, one) => all + one.amountUallo + one.delegatorsUallo, 0n);
        expect(sum + done.due.dustUallo).toBe(epoch.setAside.amountUallo);
        for (const { role, participant, amountUallo, steps, nothingPaid } of explained) {
          const facts = { inferer: done.due.inferersUallo, forecaster: done.due.forecastersUallo };
          const due = { ...facts, reputer: done.due.reputersUallo }[role];
          expect(amountUallo).toBe(due[epoch.input[`${role}s`].indexOf(participant)]);
          expect(steps.at(-1)!.value).toBe(amountUallo);
          expect(nothingPaid === null).toBe(amountUallo > 0n);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has steps that each follow from the inputs beside them', () => {
    fc.assert(
      fc.property(epochs, (epoch) => {
        const done = worked(epoch);
        if (!done) return;
        for (const step of explainAll(done).flatMap(({ steps }) => steps)) {
          const again = recompute(step);
          if (again !== null && !agrees(step, again))
            throw new Error(`${step.text}, computed again: ${again}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('tells potentials beside the largest where doubles cannot hold them', () => {
    const forecasterScores = [-19.987, -19.908];
    const input = {
      ...base.input,
      ...{ forecasters: ['a', 'b'], previousForecasterFractions: [null, null] },
      ...{ forecasterScores, forecasterScoreHistory: [forecasterScores] },
    };
    const explained = explainAll(worked({ ...base, input })!).filter(({ role }) => role === 'forecaster');
    const steps = explained.map((one) => new Map(one.steps.map((step) => [step.name, step])));
    expect(steps[1]!.get('potential')!.value).toBe(1);
    for (const one of steps) {
      for (const name of ['potential', 'fraction'] as const) {
        const step = one.get(name)!;
        expect(recompute(step)).toBeCloseTo(step.value as number, 9);
      }
    }
    const shares = steps.map((one) => one.get('fraction')!.value as number);
    expect(shares[0]! + shares[1]!).toBeCloseTo(1, 12);
    expect(shares[0]).toBeGreaterThan(0);
  });

  it('hands each value on to the next step that names it', () => {
    fc.assert(
      fc.property(epochs, (epoch) => {
        const done = worked(epoch);
        if (!done) return;
        for (const { steps, role } of explainAll(done)) {
          const value = (name: string): Quantity | undefined =>
            steps.find((step) => step.name === name)?.value;
          const input = (name: string, key: string): Quantity | undefined =>
            steps.find((step) => step.name === name)?.inputs[key];
          expect(input('gross', 'fraction')).toBe(value('fraction'));
          expect(input('gross', 'task_reward')).toBe(value('task_reward'));
          expect(input('task_reward', 'E')).toBe(value('set_aside'));
          expect(input('task_reward', { inferer: 'F', forecaster: 'G', reputer: 'H' }[role])).toBe(
            value('entropy'),
          );
          if (role !== 'reputer') expect(input('task_reward', 'chi')).toBe(value('chi'));
          expect(input('truncated', 'reward')).toBe(value(role === 'reputer' ? 'kept' : 'gross'));
        }
      }),
    );
  });

  const base: EpochToExplain = {
    input: {
      inferers: ['a', 'b', 'c'],
      forecasters: ['a'],
      reputers: ['r', 's'],
      infererScores: [0.3, null, -0.1],
      forecasterScores: [0.2],
      reputerScores: [20, 30],
      stakes: [50, 0],
      delegatedStakes: [10, 0],
      infererScoreHistory: [[0.3, -0.1]],
      forecasterScoreHistory: [[0.2]],
      previousInfererFractions: [0.5, null, 0.25],
      previousForecasterFractions: [null],
      previousReputerFractions: [1, 0],
      previousScoreRatio: 0.2,
      naiveLoss: -1,
      combinedLoss: -1.2,
      topicReward: Number(10n * ALLO),
    },
    params: DEFAULT_PARAMS,
    setAside: {
      weight: 1,
      totalWeight: 2,
      blockEmissionUallo: 2n * ALLO,
      epochLengthBlocks: 10,
      amountUallo: 10n * ALLO,
    },
  };

  it('explains an address in each of its roles, and none without a score', () => {
    const epoch = workEpoch(base);
    expect(explainPayments(epoch, 'a').map(({ role }) => role)).toEqual(['inferer', 'forecaster']);
    expect(explainPayments(epoch, 'b')).toEqual([]);
    expect(explainPayments(epoch, 'z')).toEqual([]);
    expect(WORKED_ROLES).toHaveLength(3);
  });

  it('says why nothing was paid', () => {
    expect(explainPayments(workEpoch(base), 's')[0]).toMatchObject({
      amountUallo: 0n,
      nothingPaid: 'NO_SHARE',
    });
    const unpaid = { ...base.setAside, weight: 0, amountUallo: 0n };
    const nothing = workEpoch({ ...base, setAside: unpaid, input: { ...base.input, topicReward: 0 } });
    expect(explainPayments(nothing, 'a')[0]).toMatchObject({ nothingPaid: 'NOTHING_SET_ASIDE' });
    const lone = workEpoch({ ...base, input: { ...base.input, infererScores: [0, null, null] } });
    expect(explainPayments(lone, 'a')[1]).toMatchObject({
      role: 'forecaster',
      nothingPaid: 'NO_TASK_REWARD',
    });
    const little = workEpoch({
      ...base,
      setAside: { ...base.setAside, amountUallo: 1n },
      input: { ...base.input, topicReward: 1 },
    });
    expect(explainPayments(little, 'a')[0]).toMatchObject({ nothingPaid: 'BELOW_ONE_UALLO' });
  });

  it('keeps fees back from the first reward, then from the next, and from the stake by themselves', () => {
    const epoch = workEpoch(base);
    const [first, second] = explainPayments(epoch, 'a');
    const owed = { balanceUallo: first!.amountUallo + 5n, stakeUallo: 7n };
    const withheld = explainPayments(epoch, 'a', owed);
    expect(withheld.map(({ withheldUallo }) => withheldUallo)).toEqual([first!.amountUallo, 5n]);
    expect(withheld.map(({ steps }) => steps.at(-1)!.value)).toEqual([0n, second!.amountUallo - 5n]);
    const [reputer] = explainPayments(epoch, 'r', owed);
    expect(reputer!.steps.at(-1)).toMatchObject({ name: 'paid', value: reputer!.amountUallo - 7n });
  });

  it('tells an emission that the rewards pool could not pay in full', () => {
    const setAside = { ...base.setAside, amountUallo: 9n * ALLO };
    const short = workEpoch({ ...base, setAside, input: { ...base.input, topicReward: Number(9n * ALLO) } });
    const step = explainPayments(short, 'c')[0]!.steps.find(({ name }) => name === 'set_aside')!;
    expect(step).toMatchObject({ formula: 'E, cut to what the rewards pool held', value: 9n * ALLO });
  });

  it('reads as sentences', () => {
    const step = workedStep({
      name: 'gross',
      formula: 'fraction x task reward',
      section: 9,
      inputs: { fraction: 0.5, task_reward: 8 },
      value: 4,
    });
    expect(step.text).toBe(
      'gross: fraction x task reward = 4, where fraction = 0.5, task_reward = 8 (section 9)',
    );
    const long = workedStep({
      ...step,
      inputs: { y: Array.from({ length: 11 }, () => 1), z: null },
      value: 7n,
    });
    expect(long.text).toContain('= 7 uallo, where y = 11 numbers, z = none');
  });
});
