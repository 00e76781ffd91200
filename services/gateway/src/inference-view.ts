import {
  inferenceModeToJSON,
  type NetworkInference,
} from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { type EpochFacts, hasValue } from './proto';
import { weightShares } from './weight-shares';

const PERCENTILES = [2.28, 15.87, 50, 84.13, 97.72] as const;

/** The message's own JSON form, every field spelt out, with what can be derived from it. */
export const inferenceView = (inference: NetworkInference) => ({ ...inference, ...answerView(inference) });

/** The part of it that answers consumers. */
function answerView(inference: NetworkInference) {
  const shares = weightShares(inference);
  const known = hasValue(inference);
  return {
    topicId: inference.topicId,
    nonce: inference.nonce,
    mode: inferenceModeToJSON(inference.mode),
    combined: known ? inference.combined : null,
    naive: known ? inference.naive : null,
    confidenceValues: inference.confidenceValues,
    ...confidence(inference.confidenceValues),
    effectiveWorkers: shares.effectiveWorkers,
    inferers: inference.inferers.map((entry, j) => ({
      ...entry,
      weight: entry.weight ?? null,
      share: shares.inferers[j] ?? null,
    })),
    forecasters: inference.forecasters.map((entry, k) => ({
      ...entry,
      weight: entry.weight ?? null,
      share: shares.forecasters[k] ?? null,
    })),
    oneOutInferer: inference.oneOutInferer,
    oneOutForecaster: inference.oneOutForecaster,
    oneInForecaster: inference.oneInForecaster,
    networkLoss: inference.networkLoss ?? null,
    initialRegret: inference.initialRegret,
  };
}

/** 68 and 95 percent of the weight lie between the outer pairs of percentiles. */
function confidence(values: readonly number[]) {
  const [p2, p16, , p84, p98] = values;
  if (p2 === undefined || p16 === undefined || p84 === undefined || p98 === undefined) {
    return { confidenceInterval: [], interval68: null, interval95: null };
  }
  return {
    confidenceInterval: values.map((value, i) => ({ percentile: PERCENTILES[i] ?? null, value })),
    interval68: [p16, p84],
    interval95: [p2, p98],
  };
}

/** When and at which heights the epoch's inference came about; null for what is not known (yet). */
export function inferenceTimes({ phases, inferenceMs }: EpochFacts) {
  const { worker_window_opened: opened, worker_window_closed: closed } = phases;
  return {
    times: {
      workerWindowOpenedMs: opened?.atMs ?? null,
      workerWindowClosedMs: closed?.atMs ?? null,
      inferenceMs: inferenceMs ?? null,
    },
    heights: {
      workerWindowOpened: opened?.height ?? null,
      workerWindowClosed: closed?.height ?? null,
    },
  };
}

/** The body of GET /v1/topics/:id/inference: the answer without what only the epoch's reputers need. */
export const latestInferenceBody = (inference: NetworkInference, facts: EpochFacts): string =>
  JSON.stringify({ ...answerView(inference), ...inferenceTimes(facts) });
