import {
  EpochScores,
  EpochScoringInput,
  ReputationService,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import {
  NetworkInference,
  RegretsUsed,
  SynthesisService,
} from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { toldValues } from '@allora/protocol/explain/epoch-values';
import { lossOfTruth } from '@allora/protocol/explain/recovered-truth';
import { NO_CHANGE, type PastEpoch, simulateEpoch } from '@allora/protocol/explain/what-if';
import { bareBundle, layOutBundle, lossColumns } from '@allora/protocol/loss/loss-table';
import { synthesize } from '@allora/protocol/synthesis/network-inference';
import { neighbour } from '@allora/service-kit/testing';
import { pastEpoch } from '../src/simulate/core-inputs';
import { paySimulated } from '../src/simulate/simulated-payout';
import { params } from './fixtures';

const VALUES = [98, 101, 107, 95, 103];
const REGRETS = [0.3, -0.2, 0.1, -0.5, 0.2];
const TRUTH = 100;

/** What the neighbours keep of an epoch, and the scores that follow from it. */
export interface ComputedEpoch {
  readonly inference: NetworkInference;
  readonly regrets: RegretsUsed;
  readonly scoring: EpochScoringInput;
  readonly scores: EpochScores;
}

/** An epoch of up to five inferers and the reputers of its snapshot, all of whom hold the same for true. */
export function computedEpoch(
  { topicId, nonce, stakes }: StakeSnapshot,
  workers: readonly string[],
): ComputedEpoch {
  const inferers = workers.toSorted();
  const count = inferers.length;
  const unknown = Array.from({ length: count * count }, () => NaN);
  const regrets = RegretsUsed.fromPartial({
    inferer: REGRETS.slice(0, count),
    naiveInferer: REGRETS.slice(0, count),
    oneOutInfererInferer: unknown,
  });
  const bare = NetworkInference.fromPartial({
    ...{ topicId, nonce, params, networkLoss: 1, initialRegret: -0.4 },
    inferers: inferers.map((inferer, j) => ({ inferer, value: String(VALUES[j]) })),
  });
  const silent = EpochScoringInput.fromPartial({ topicId, nonce, inferers, minimumStakeUallo: '1' });
  const { synthesis, synthesisParams } = pastEpoch(bare, regrets, silent);
  const result = synthesize(synthesis, synthesisParams);
  const inference = NetworkInference.fromPartial({
    ...bare,
    ...{ combined: result.combined, naive: result.naive },
    inferers: bare.inferers.map((one, j) => ({ ...one, weight: result.infererWeights?.[j] ?? undefined })),
  });
  const losses = [...honestLosses(synthesis, result)];
  const reputers = stakes.map(({ reputer, stakeUallo }) => ({ reputer, stakeUallo, losses }));
  const scoring = EpochScoringInput.fromPartial({ ...silent, reputers });
  const inputs = pastEpoch(inference, regrets, scoring);
  return { inference, regrets, scoring, scores: scoresOf(inputs, { topicId, nonce, stakes }) };
}

function honestLosses(...epoch: Parameters<typeof toldValues>): Float64Array {
  const { values } = toldValues(...epoch);
  const loss = (value: number | null) => lossOfTruth(TRUTH, value!);
  const count = values.inferer.length;
  const columns = lossColumns(count, 0);
  const cells = new Float64Array(columns.count);
  const bundle = {
    ...bareBundle(loss(values.combined), loss(values.naive), count, 0),
    inferer: values.inferer.map(loss),
    oneOutInferer: values.oneOutInferer.map(loss),
  };
  layOutBundle(bundle, columns, cells, 0);
  return cells;
}

function scoresOf(inputs: PastEpoch, { topicId, nonce, stakes: reputers }: StakeSnapshot): EpochScores {
  const again = simulateEpoch(inputs, NO_CHANGE);
  if (again.kind !== 'simulated') throw new Error('no change needs a truth');
  const scores = EpochScores.fromPartial({ topicId, nonce, params, reputers });
  const state = {
    scoreRatio: 0,
    smoothedFractions: { inferer: {}, forecaster: {}, reputer: {} },
    scoreHistory: { inferer: [], forecaster: [] },
  };
  const setAside = {
    weight: 1,
    totalWeight: 1,
    blockEmissionUallo: 1n,
    epochLengthBlocks: 1,
    amountUallo: 1n,
  };
  const settled = { result: 'paid', scores, state, rewards: { ...NO_REWARDS, topicId, nonce } } as const;
  return paySimulated({ settled, setAside }, again, new Map()).scores;
}

const NO_REWARDS = {
  ...{ emissionUallo: '0', dustUallo: '0', payments: [] },
  ...{ infererEntropy: 0, forecasterEntropy: 0, reputerEntropy: 0, chi: 0, gamma: 0 },
  ...{ inferenceTaskRewardUallo: 0, forecastingTaskRewardUallo: 0, reputationTaskRewardUallo: 0 },
};

/** The services that keep what epochs were computed from. */
export const keepersOf = (kept: readonly ComputedEpoch[]) => {
  const find = (asked: { topicId: number; nonce: number }) =>
    kept.find(({ inference }) => inference.topicId === asked.topicId && inference.nonce === asked.nonce);
  return [
    neighbour(SynthesisService, {
      getEpochInput: async (asked) => {
        const { inference, regrets } = find(asked) ?? {};
        return { inference, regrets };
      },
    }),
    neighbour(ReputationService, { getEpochInput: async (asked) => ({ input: find(asked)?.scoring }) }),
  ];
};
