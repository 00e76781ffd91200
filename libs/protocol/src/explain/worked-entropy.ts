import { ema, saturate, sum, xLogX } from '../numeric';
import { LONE_ENTROPY } from '../reference-profile';
import type { RoleFacts, WorkedEpoch } from './worked-epoch';
import { workedStep, type WorkedStep } from './worked-step';

const symbols = { inferer: 'F', forecaster: 'G', reputer: 'H' } as const;

/** Smoothed fractions, effective number and entropy of a role (section 9), seen from one of its participants. */
export function entropySteps({ params }: WorkedEpoch, facts: RoleFacts, place: number): WorkedStep[] {
  const entropyOf = (formula: string, inputs: WorkedStep['inputs']): WorkedStep =>
    workedStep({
      name: 'entropy',
      formula: `${symbols[facts.role]} = ${formula}`,
      section: 9,
      inputs,
      value: facts.entropy,
    });
  if (facts.smoothedFractions === null) {
    return [entropyOf('0: with fewer than two inferers there is nothing for forecasters to tell apart', {})];
  }
  const alpha = params.taskRewardAlpha;
  const smoothed = facts.fractions.map((x, a) =>
    x === null ? null : ema(alpha, x, facts.previousFractions[a]!),
  );
  const known = smoothed.filter((y) => y !== null);
  const [x, previous, y] = [facts.fractions[place]!, facts.previousFractions[place]!, smoothed[place]!];
  const total = sum(known);
  const effective = saturate(1 / sum(known.map((value) => value * value)));
  const disorder = Math.max(0, -sum(known.map((value) => xLogX(value / total))));
  return [
    workedStep({
      name: 'smoothed',
      formula:
        previous === null
          ? 'y = x, as no earlier fraction is stored'
          : 'y = alpha_T x + (1 - alpha_T) y_previous',
      section: 9,
      inputs: previous === null ? { x } : { x, alpha_T: alpha, y_previous: previous },
      value: y,
    }),
    workedStep({
      name: 'smoothed_fraction',
      formula: 'f = y / sum of y',
      section: 9,
      inputs: { y, sum_of_y: total },
      value: facts.smoothedFractions[place]!,
    }),
    workedStep({
      name: 'effective_number',
      formula: 'N_eff = 1 / sum of y^2',
      section: 9,
      inputs: { y: known },
      value: effective,
    }),
    known.length === 1
      ? entropyOf('a constant for a role with one participant', { constant: LONE_ENTROPY })
      : entropyOf('-(sum of f ln f) (N_eff / N)^beta', {
          'sum of f ln f': -disorder,
          N_eff: effective,
          N: known.length,
          beta: params.betaEntropy,
        }),
  ];
}
