import {
  InferenceMode,
  inferenceModeToJSON,
  type NetworkInference,
} from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { outlierResistant } from '@allora/protocol/trust/outlier-resistant';
import { judge, type Trust, type TrustThresholds } from '@allora/protocol/trust/trust';
import { type EpochFacts, hasValue } from './proto';
import { weightShares } from './weight-shares';

export const PERCENTILES = [2.28, 15.87, 50, 84.13, 97.72] as const;

/** The message's own JSON form, every field spelt out, with what can be derived from it. */
export const inferenceView = (inference: NetworkInference) => ({
  ...inference,
  ...answerView(inference),
  shadowInferers: inference.shadowInferers.map((entry) => ({ ...entry, weight: entry.weight ?? null })),
});

/** The part of it that answers consumers. */
export function answerView(inference: NetworkInference) {
  const shares = weightShares(inference);
  return {
    ...summaryView(inference),
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
  };
}

/** Without the workers' parts, which grow with their number. */
export function summaryView(inference: NetworkInference) {
  const known = hasValue(inference);
  return {
    topicId: inference.topicId,
    nonce: inference.nonce,
    mode: inferenceModeToJSON(inference.mode),
    combined: known ? inference.combined : null,
    naive: known ? inference.naive : null,
    ...resistantView(inference),
    confidenceValues: inference.confidenceValues,
    ...confidence(inference.confidenceValues),
    effectiveWorkers: weightShares(inference).effectiveWorkers,
    networkLoss: inference.networkLoss ?? null,
    initialRegret: inference.initialRegret,
  };
}

/** Both lists of workers, as one: what the combined value is a mixture of. */
export function weighedValues(inference: NetworkInference) {
  const { inferers, forecasters } = inference;
  return [
    ...inferers.map(({ inferer, value, weight }) => ({
      worker: inferer,
      role: 'inferer' as const,
      value: Number(value),
      weight,
    })),
    ...forecasters.map(({ forecaster, forecastImplied, weight }) => ({
      worker: forecaster,
      role: 'forecaster' as const,
      value: forecastImplied,
      weight,
    })),
  ];
}

/** The combined value again without outliers, by the same weights; without weights it is the inferers' plain mean, or the median. */
export function resistantView(inference: NetworkInference) {
  const { mode, combined } = inference;
  if (mode === InferenceMode.MEDIAN || mode === InferenceMode.SINGLE)
    return { outlierResistant: combined, outliers: [] };
  if (!hasValue(inference)) return { outlierResistant: null, outliers: [] };
  const weighed = mode === InferenceMode.WEIGHTED;
  const values = weighedValues(inference).filter(({ role }) => weighed || role === 'inferer');
  const weights = weighed ? values.map(({ weight }) => weight ?? 0) : null;
  const result = outlierResistant(
    values.map(({ value }) => value),
    weights,
  );
  return {
    outlierResistant: result?.value ?? null,
    outliers: (result?.leftOut ?? []).map((i) => ({ worker: values[i]!.worker, role: values[i]!.role })),
  };
}

interface Confidence {
  readonly confidenceInterval: readonly { readonly percentile: number | null; readonly value: number }[];
  readonly interval68: readonly [number, number] | null;
  readonly interval95: readonly [number, number] | null;
}

/** 68 and 95 percent of the weight lie between the outer pairs of percentiles. */
export function confidence(values: readonly number[]): Confidence {
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

/** When an answer is looked at, and what it is held against. */
export interface InferenceMoment {
  readonly nowMs: number;
  /** The topic's latest nonce whose worker window has closed; null where it is not known. */
  readonly latestNonce: number | null;
  readonly thresholds: TrustThresholds;
}

/** How much the answer is worth at that moment; without one, as of its own time: that never changes. */
export function inferenceTrust(
  inference: NetworkInference,
  { inferenceMs }: Pick<EpochFacts, 'inferenceMs'>,
  moment: InferenceMoment | { readonly thresholds: TrustThresholds },
): Trust {
  const { params, nonce, mode } = inference;
  const { interval95 } = confidence(inference.confidenceValues);
  const standing =
    'nowMs' in moment && inferenceMs !== undefined
      ? { ...moment, toldMs: inferenceMs, nonce, epochLengthBlocks: params?.epochLengthBlocks ?? 0 }
      : null;
  return judge(
    {
      value: inference.combined,
      proven: mode === InferenceMode.WEIGHTED,
      allowNegative: params?.allowNegative ?? false,
      effectiveWorkers: weightShares(inference).effectiveWorkers,
      interval: interval95,
      standing,
    },
    moment.thresholds,
  );
}

/** The answer without what only the epoch's reputers need. */
export const latestInferenceView = (
  inference: NetworkInference,
  facts: EpochFacts,
  moment: InferenceMoment | { readonly thresholds: TrustThresholds },
) => ({
  ...answerView(inference),
  ...inferenceTimes(facts),
  trust: inferenceTrust(inference, facts, moment),
});

/** The body of GET /v1/topics/:id/inference. */
export const latestInferenceBody = (
  inference: NetworkInference,
  facts: EpochFacts,
  moment: InferenceMoment,
): string => JSON.stringify(latestInferenceView(inference, facts, moment));

/** Weak: the same as long as nothing but the age of the answer changes. */
export function latestInferenceEtag(
  inference: NetworkInference,
  facts: EpochFacts,
  moment: InferenceMoment,
): string {
  const { status, reasons, epochsBehind } = inferenceTrust(inference, facts, moment);
  const { worker_window_opened: opened, worker_window_closed: closed } = facts.phases;
  const known = `${opened ? 'o' : ''}${closed ? 'c' : ''}`;
  const why = reasons.map(({ code }) => code.toLowerCase()).join('+');
  return `W/"${inference.topicId}.${inference.nonce}.${known}.${epochsBehind ?? ''}.${status}.${why}"`;
}

/** Of the latest inference: a moment, as the next epoch may come at any time. */
export const LATEST_CACHE_CONTROL = 'public, max-age=1, stale-while-revalidate=5';
