import type {
  LossBundle as ToldLosses,
  WorkerLoss,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { MaybeNumber } from '@allora/protocol/regret/regret-table';
import { compareIds } from '@allora/protocol/shape';
import type { Epoch, EpochRewards, EpochScores as ToldScores, NetworkInference } from '@allora/sdk/types';
import type { NamedLosses, Payment, RecordedEpoch, ReputerScore, Role, WorkerScore } from './recorded';

export type SettledEpoch = Epoch & {
  readonly inference: NetworkInference;
  readonly scores: ToldScores;
  readonly rewards: EpochRewards;
};

export const isSettled = (epoch: Epoch): epoch is SettledEpoch =>
  epoch.inference !== null && epoch.scores !== null && epoch.rewards !== null;

/** What an epoch's public record holds, all but the truths. */
export function epochFacts(epoch: SettledEpoch, atMs: number): Omit<RecordedEpoch, 'truths'> {
  const { inference, scores, rewards, nonce } = epoch;
  const { params } = inference;
  if (!params) throw new Error(`the inference of epoch ${nonce} carries no rules`);
  const none = inference.mode === InferenceMode.NONE;
  const { combined, naive, initialRegret } = inference;
  return {
    ...{ nonce, atMs, params },
    settledNonce: inference.settledNonce ?? null,
    inferers: inference.inferers.map(({ inferer, value }) => ({ inferer, value })),
    passiveInferers: inference.passiveInferers.map(({ worker }) => worker),
    forecasts: inference.forecasts.map(({ forecaster, elements }) => ({
      forecaster,
      elements: elements.map(({ inferer, forecastLoss }) => ({ inferer, loss: forecastLoss })),
    })),
    told: none ? null : { combined, naive, initialRegret },
    losses: epoch.losses?.losses ? namedLosses(epoch.losses.losses) : null,
    infererScores: scores.inferers.map(workerScore),
    forecasterScores: scores.forecasters.map(workerScore),
    reputers: scores.reputers.flatMap((one): ReputerScore[] => {
      const { reputer, score, listeningCoefficient } = one;
      const [stakeUallo, delegatedUallo] = [BigInt(one.stakeUallo), BigInt(one.delegatedUallo)];
      return score === undefined
        ? []
        : [{ reputer, score, stakeUallo, delegatedUallo, listeningCoefficient }];
    }),
    emissionUallo: BigInt(rewards.emissionUallo),
    payments: rewards.payments.flatMap(({ participant, role, amountUallo }): Payment[] => {
      const known = roles.get(role);
      return known ? [{ participant, role: known, amountUallo: BigInt(amountUallo) }] : [];
    }),
  };
}

const roles: ReadonlyMap<RewardRole, Role> = new Map([
  [RewardRole.INFERER, 'inferer'],
  [RewardRole.FORECASTER, 'forecaster'],
  [RewardRole.REPUTER, 'reputer'],
]);

const workerScore = (told: { participant: string; score?: number; emaScore?: number }): WorkerScore => ({
  participant: told.participant,
  score: told.score ?? null,
  emaScore: told.emaScore ?? null,
});

function namedLosses(losses: ToldLosses): NamedLosses {
  const inferers = losses.inferers.map(({ worker }) => worker).sort(compareIds);
  const forecasters = losses.forecasters.map(({ worker }) => worker).sort(compareIds);
  const implied = new Map(losses.oneOutInfererForecasters.map((row) => [row.forecaster, row.oneOutInferers]));
  return {
    inferers,
    forecasters,
    bundle: {
      combined: losses.combined,
      naive: losses.naive,
      inferer: rowOf(inferers, losses.inferers),
      forecaster: rowOf(forecasters, losses.forecasters),
      oneOutInferer: rowOf(inferers, losses.oneOutInferers),
      oneOutForecaster: rowOf(forecasters, losses.oneOutForecasters),
      oneInForecaster: rowOf(forecasters, losses.oneInForecasters),
      oneOutInfererForecaster: forecasters.map((id) => rowOf(inferers, implied.get(id) ?? [])),
    },
  };
}

function rowOf(ids: readonly string[], losses: readonly WorkerLoss[]): MaybeNumber[] {
  const told = new Map(losses.map(({ worker, loss }) => [worker, loss]));
  return ids.map((id) => told.get(id) ?? null);
}
