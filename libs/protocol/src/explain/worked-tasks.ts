import { saturate } from '../numeric';
import { scaleDouble } from '../uallo';
import type { RoleFacts, SetAside, WorkedEpoch } from './worked-epoch';
import { workedStep, type WorkedStep } from './worked-step';

/** chi and gamma: how the workers' reward is split between inference and forecasting (section 9). */
export function splitSteps({ input, params, rewards }: WorkedEpoch): WorkedStep[] {
  const { taskScore, scoreRatio, chi, gamma } = rewards;
  const best = input.infererScores.reduce<number>((most, T) => (T !== null && T > most ? T : most), 0);
  return [
    workedStep({
      name: 'forecasting_score',
      formula: 'T = L^- - L',
      section: 9,
      inputs: { 'L^-': input.naiveLoss, L: input.combinedLoss },
      value: taskScore,
    }),
    workedStep({
      name: 'best_inferer_score',
      formula: 'top = max(0, max T_j)',
      section: 9,
      inputs: { T_j: input.infererScores.filter((T) => T !== null) },
      value: best,
    }),
    scoreRatioStep({ taskScore, best, scoreRatio }, input.previousScoreRatio, params.taskRewardAlpha),
    workedStep({
      name: 'chi',
      formula:
        best === 0 && taskScore === 0
          ? 'chi = 0.5, as nothing scored'
          : 'chi = 0.1 if tau < 0, 0.5 if tau >= 1, else 0.4 tau + 0.1',
      section: 9,
      inputs: { tau: scoreRatio },
      value: chi,
    }),
    workedStep({
      name: 'gamma',
      formula: 'gamma = (F + G) / ((1 - chi) F + chi G)',
      section: 9,
      inputs: { F: rewards.inferenceEntropy, G: rewards.forecastingEntropy, chi },
      value: gamma,
    }),
  ];
}

function scoreRatioStep(
  { taskScore, best, scoreRatio }: { taskScore: number; best: number; scoreRatio: number },
  previous: number,
  alpha: number,
): WorkedStep {
  const idle = best === 0 && taskScore === 0;
  const ratio = best > 0 ? saturate(taskScore / best) : Math.sign(taskScore);
  return workedStep({
    name: 'score_ratio',
    formula: idle ? 'tau = 0, as nothing scored' : 'tau = alpha_T ratio + (1 - alpha_T) tau_previous',
    section: 9,
    inputs: idle ? {} : { ratio, alpha_T: alpha, tau_previous: previous },
    value: scoreRatio,
  });
}

/** What the topic's weight entitled the epoch to, in whole uallo; the rewards pool may have held less. */
export function entitledUallo({
  weight,
  totalWeight,
  blockEmissionUallo,
  epochLengthBlocks,
}: SetAside): bigint {
  if (totalWeight === 0) return 0n;
  return scaleDouble(weight / totalWeight, blockEmissionUallo * BigInt(epochLengthBlocks));
}

/** From the topic's weight to what was set aside for the epoch (section 10). */
export function emissionSteps(setAside: SetAside): WorkedStep[] {
  const { weight, totalWeight, blockEmissionUallo, epochLengthBlocks, amountUallo } = setAside;
  const share = totalWeight === 0 ? 0 : weight / totalWeight;
  const entitled = entitledUallo(setAside);
  return [
    workedStep({
      name: 'topic_share',
      formula: 'weight of the topic / weight of all topics',
      section: 10,
      inputs: { weight, total_weight: totalWeight },
      value: share,
    }),
    workedStep({
      name: 'entitled',
      formula: 'floor(share x block emission x epoch length)',
      section: 10,
      inputs: { share, block_emission: blockEmissionUallo, epoch_length: epochLengthBlocks },
      value: entitled,
    }),
    workedStep({
      name: 'set_aside',
      formula: setAsideFormula(amountUallo, entitled),
      section: 10,
      inputs: { entitled },
      value: amountUallo,
    }),
  ];
}

function setAsideFormula(amountUallo: bigint, entitled: bigint): string {
  if (amountUallo === entitled) return 'E, all of it';
  return amountUallo === 0n
    ? 'E = 0: the weight was below the minimum, or enough topics ending in that block were heavier'
    : 'E, cut to what the rewards pool held';
}

const taskFormulas = {
  inferer: 'U = (1 - chi) gamma F E / (F + G + H)',
  forecaster: 'V = chi gamma G E / (F + G + H)',
  reputer: 'W = H E / (F + G + H)',
} as const;

/** The part of the role's task in what was set aside (section 9). */
export function taskStep({ rewards, setAside }: WorkedEpoch, facts: RoleFacts): WorkedStep {
  const { chi, gamma, inferenceEntropy: F, forecastingEntropy: G, reputerEntropy: H } = rewards;
  const split: WorkedStep['inputs'] = facts.role === 'reputer' ? {} : { chi, gamma };
  return workedStep({
    name: 'task_reward',
    formula: taskFormulas[facts.role],
    section: 9,
    inputs: { ...split, F, G, H, E: setAside.amountUallo },
    value: facts.taskReward,
  });
}
