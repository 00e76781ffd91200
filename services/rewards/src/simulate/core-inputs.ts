import type { EpochScoringInput } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { NetworkInference, RegretsUsed } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { stakeInAllo } from '@allora/protocol/epoch/score-reports';
import { scoreParams, synthesisParams } from '@allora/protocol/epoch/stage-params';
import type { PastEpoch } from '@allora/protocol/explain/what-if';
import { lossColumns, readBundle } from '@allora/protocol/loss/loss-table';
import { emptyRow, type MaybeNumber, type RegretTable } from '@allora/protocol/regret/regret-table';
import type { SynthesisInput } from '@allora/protocol/synthesis/network-inference';

/** A past epoch's messages as the engine reads them: the same numbers to the bit. */
export function pastEpoch(
  inference: NetworkInference,
  regrets: RegretsUsed,
  scoring: EpochScoringInput,
): PastEpoch {
  const { params } = inference;
  if (!params)
    throw new Error(`the inference of ${inference.topicId}/${inference.nonce} carries no parameters`);
  const columns = lossColumns(scoring.inferers.length, scoring.forecasters.length);
  return {
    synthesis: synthesisInput(inference, regrets),
    reports: {
      reputers: scoring.reputers.map(({ reputer }) => reputer),
      stakes: scoring.reputers.map(({ stakeUallo }) => stakeInAllo(stakeUallo)),
      bundles: scoring.reputers.map(({ losses }) => readBundle(Float64Array.from(losses), columns)),
      listeningCoefficients: scoring.reputers.map((reputer) => reputer.listeningCoefficient ?? null),
    },
    minimumStake: stakeInAllo(scoring.minimumStakeUallo),
    synthesisParams: synthesisParams(params),
    scoreParams: scoreParams(params),
  };
}

function synthesisInput(inference: NetworkInference, regrets: RegretsUsed): SynthesisInput {
  const inferers = inference.inferers.map(({ inferer }) => inferer);
  const place = new Map(inferers.map((id, j) => [id, j]));
  return {
    inferers,
    inferences: inference.inferers.map(({ value }) => Number(value)),
    forecasters: inference.forecasts.map(({ forecaster }) => forecaster),
    forecasts: inference.forecasts.map(({ elements }) => {
      const row = emptyRow(inferers.length);
      for (const { inferer, forecastLoss } of elements) row[place.get(inferer)!] = forecastLoss;
      return row;
    }),
    networkLoss: inference.networkLoss ?? null,
    initialRegret: inference.initialRegret,
    regrets: regretTable(regrets, inferers.length, inference.forecasts.length),
  };
}

function regretTable(used: RegretsUsed, J: number, K: number): RegretTable {
  return {
    inferer: rowOf(used.inferer),
    forecaster: rowOf(used.forecaster),
    naiveInferer: rowOf(used.naiveInferer),
    oneOutInfererInferer: rowsOf(used.oneOutInfererInferer, J, J),
    oneOutInfererForecaster: rowsOf(used.oneOutInfererForecaster, J, K),
    oneOutForecasterInferer: rowsOf(used.oneOutForecasterInferer, K, J),
    oneOutForecasterForecaster: rowsOf(used.oneOutForecasterForecaster, K, K),
    oneInForecasterInferer: rowsOf(used.oneInForecasterInferer, K, J),
    oneInForecasterSelf: rowOf(used.oneInForecasterSelf),
  };
}

const rowOf = (numbers: readonly number[]): MaybeNumber[] =>
  numbers.map((regret) => (Number.isNaN(regret) ? null : regret));

const rowsOf = (numbers: readonly number[], rows: number, columns: number): MaybeNumber[][] =>
  Array.from({ length: rows }, (_, x) => rowOf(numbers.slice(x * columns, (x + 1) * columns)));
