import { power, saturate, std, sum } from '../numeric';
import { potentialsOf, scoreWindow } from '../reward/fractions';
import type { RoleFacts, WorkedEpoch } from './worked-epoch';
import { workedStep, type WorkedStep } from './worked-step';

const scoreFormulas = {
  inferer: 'T_j = L^{-j} - L',
  forecaster: 'T_k = f+ (L^- - L^{+k}) + (1 - f+) (L^{-k} - L)',
  reputer: 'T_m = 1 / (distance of m from the consensus + epsilon_rep)',
} as const;

const present = (row: readonly (number | null)[]): number[] => row.filter((x) => x !== null);

/** From the score of a participant to its share of the role's task (section 9). The participant has a score. */
export function fractionSteps(epoch: WorkedEpoch, facts: RoleFacts, place: number): WorkedStep[] {
  const score = workedStep({
    name: 'score',
    formula: scoreFormulas[facts.role],
    section: 7,
    inputs: {},
    value: facts.scores[place]!,
  });
  const steps =
    facts.role === 'reputer'
      ? stakedScoreSteps(epoch, place)
      : potentialSteps(epoch, facts, facts.scores[place]!);
  return [score, ...steps(facts.fractions[place]!)];
}

type FractionSteps = (fraction: number) => WorkedStep[];

function potentialSteps(epoch: WorkedEpoch, facts: RoleFacts, score: number): FractionSteps {
  const { input, params } = epoch;
  const inferer = facts.role === 'inferer';
  const history = inferer ? input.infererScoreHistory : input.forecasterScoreHistory;
  const window = scoreWindow(history, params.maxSamples);
  const spread = std(window);
  const known = present(facts.scores);
  const base = [
    workedStep({
      name: 'score_window',
      formula: 'the last n_win scores of the role, newest epoch first',
      section: 9,
      inputs: { n_win: params.maxSamples },
      value: window,
    }),
    workedStep({
      name: 'spread',
      formula: 'sigma = std(W)',
      section: 9,
      inputs: { W: window },
      value: spread,
    }),
  ];
  const { epsilon } = params;
  if (spread < epsilon) {
    return (fraction) => [
      ...base,
      workedStep({
        name: 'fraction',
        formula: 'sigma < epsilon: x = 1 / N',
        section: 9,
        inputs: { sigma: spread, epsilon, N: known.length },
        value: fraction,
      }),
    ];
  }
  const [p, c] = inferer
    ? [params.pRewardInference, params.cRewardInference]
    : [params.pRewardForecast, params.cRewardForecast];
  const scale = saturate(spread + epsilon);
  const exponentOf = (T: number): number => saturate(p * (saturate(T / scale) - c));
  const { potentials, largestExponent } = potentialsOf(known.map(exponentOf));
  const potential = potentials[known.indexOf(score)]!;
  const terms = { T: score, sigma: spread, epsilon, p, c };
  return (fraction) => [
    ...base,
    workedStep({
      name: 'potential',
      ...(largestExponent === null
        ? { formula: 'phi = ln(1 + e^(p (T / (sigma + epsilon) - c)))', inputs: terms }
        : {
            formula: 'phi = e^(p (T / (sigma + epsilon) - c) - z), beside the largest, e^z: all are nearly 0',
            inputs: { ...terms, z: largestExponent },
          }),
      section: 9,
      value: potential,
    }),
    workedStep({
      name: 'sum_of_potentials',
      formula: 'sum of phi over the role',
      section: 9,
      inputs: { phi: potentials },
      value: sum(potentials),
    }),
    workedStep({
      name: 'fraction',
      formula: 'x = phi / sum of phi',
      section: 9,
      inputs: { phi: potential, sum_of_phi: sum(potentials) },
      value: fraction,
    }),
  ];
}

function stakedScoreSteps({ input, params }: WorkedEpoch, place: number): FractionSteps {
  const exponent = params.pRewardReputer;
  const products = input.reputerScores.map((T, m) => (T === null ? null : saturate(T * input.stakes[m]!)));
  const powers = products.map((product) => (product === null ? null : power(product, exponent)));
  return (fraction) => [
    workedStep({
      name: 'stake',
      formula: 'S_m at the snapshot of the epoch, in ALLO, delegations with it',
      section: 9,
      inputs: { delegated: input.delegatedStakes[place]! },
      value: input.stakes[place]!,
    }),
    workedStep({
      name: 'potential',
      formula: '(S_m T_m)^p',
      section: 9,
      inputs: { S_m: input.stakes[place]!, T_m: input.reputerScores[place]!, p: exponent },
      value: powers[place]!,
    }),
    workedStep({
      name: 'sum_of_potentials',
      formula: 'sum of (S_n T_n)^p over the reputers',
      section: 9,
      inputs: { potentials: present(powers) },
      value: sum(present(powers)),
    }),
    workedStep({
      name: 'fraction',
      formula: 'w_m = (S_m T_m)^p / sum of (S_n T_n)^p',
      section: 9,
      inputs: { potential: powers[place]!, sum_of_potentials: sum(present(powers)) },
      value: fraction,
    }),
  ];
}
