import { type ForecastSet, type InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { synthesisParams } from '@allora/protocol/epoch/stage-params';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { emptyRow } from '@allora/protocol/regret/regret-table';
import { synthesize, type SynthesisInput } from '@allora/protocol/synthesis/network-inference';
import { acceptElements, type EmaScores, selectActiveSet } from './active-set';
import type { EpochSets, EpochWorkers, Learnt } from './epoch-facts';
import { networkInferenceMessage } from './proto';

export function joinSets(
  inferenceParts: readonly InferenceSet[],
  forecastParts: readonly ForecastSet[],
): EpochSets {
  const first = inferenceParts[0];
  if (!first?.params)
    throw new Error('an inference set comes in at least one part and carries the rules of its topic');
  return {
    topicId: first.topicId,
    nonce: first.nonce,
    settledNonce: first.settledNonce,
    params: first.params,
    inferences: inferenceParts.flatMap((part) => part.inferences),
    forecasts: forecastParts.flatMap((part) => part.forecasts),
  };
}

/** Who takes part in an epoch. Values whose text leaves the range of doubles take no part. */
export function selectWorkers(
  sets: EpochSets,
  scores: { readonly inferers: EmaScores; readonly forecasters: EmaScores },
): EpochWorkers {
  const inferers = selectActiveSet(
    sets.inferences
      .map(({ inferer, value }) => ({ id: inferer, submission: { text: value, value: Number(value) } }))
      .filter(({ submission }) => Number.isFinite(submission.value)),
    scores.inferers,
    sets.params.maxActiveInferers,
  );
  const forecasters = selectActiveSet(
    sets.forecasts.map((forecast) => ({ id: forecast.forecaster, submission: forecast })),
    scores.forecasters,
    sets.params.maxActiveForecasters,
  );
  const activeInferers = new Set(inferers.active.map(({ id }) => id));
  const forecasts = forecasters.active
    .map(({ id, submission }) => ({
      forecaster: id,
      elements: acceptElements(
        submission.elements.map(({ inferer, value }) => ({ inferer, loss: Number(value) })),
        activeInferers,
        scores.inferers,
        DEFAULT_PARAMS.maxElementsPerForecast,
      ),
    }))
    .filter(({ elements }) => elements.length > 0);
  return { inferers, passiveForecasters: forecasters.passive, forecasts };
}

/** An epoch as the protocol synthesises it; without inferers it has no answer. */
export function synthesisInput(
  { inferers: { active }, forecasts: accepted }: EpochWorkers,
  learnt: Learnt,
): SynthesisInput {
  const inferers = active.map(({ id }) => id);
  const position = new Map(inferers.map((id, j) => [id, j]));
  const forecasts = accepted.map(({ elements }) => {
    const row = emptyRow(inferers.length);
    for (const { inferer, loss } of elements) row[position.get(inferer)!] = loss;
    return row;
  });
  return {
    inferers,
    inferences: active.map(({ submission }) => submission.value),
    forecasters: accepted.map(({ forecaster }) => forecaster),
    forecasts,
    ...learnt,
  };
}

/** The network's answer of an epoch; an epoch without inferences has one too, of mode NONE. */
export function synthesizeEpoch(sets: EpochSets, workers: EpochWorkers, learnt: Learnt): NetworkInference {
  const input = synthesisInput(workers, learnt);
  if (input.inferers.length === 0) {
    return NetworkInference.fromPartial({
      topicId: sets.topicId,
      nonce: sets.nonce,
      mode: InferenceMode.NONE,
      networkLoss: learnt.networkLoss ?? undefined,
      initialRegret: learnt.initialRegret,
      settledNonce: sets.settledNonce,
      params: sets.params,
    });
  }
  const result = synthesize(input, synthesisParams(sets.params));
  return networkInferenceMessage(sets, workers, learnt, result);
}
