import {
  InferenceMode,
  inferenceModeToJSON,
  type NetworkInference,
} from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { judge, type TrustThresholds } from '@allora/protocol/trust/trust';
import { saturate } from '@allora/protocol/numeric';
import type { InferenceRecord } from '@allora/store/gen/prisma/client';
import { confidence, resistantView } from '../inference-view';
import { weightShares } from '../weight-shares';

/** What pages and bars need of an inference. */
export function recordOf(inference: NetworkInference, toldMs: number): InferenceRecord {
  const { interval68, interval95 } = confidence(inference.confidenceValues);
  return {
    topicId: BigInt(inference.topicId),
    nonce: BigInt(inference.nonce),
    toldMs: BigInt(toldMs),
    mode: inference.mode,
    combined: inference.combined,
    naive: inference.naive,
    resistant: resistantView(inference).outlierResistant,
    low68: interval68?.[0] ?? null,
    high68: interval68?.[1] ?? null,
    low95: interval95?.[0] ?? null,
    high95: interval95?.[1] ?? null,
    width95: interval95 && saturate(interval95[1] - interval95[0]),
    effectiveWorkers: weightShares(inference).effectiveWorkers,
    allowNegative: inference.params?.allowNegative ?? false,
  };
}

const bounds = (low: number | null, high: number | null): [number, number] | null =>
  low === null || high === null ? null : [low, high];

/** An entry of GET /v1/topics/:id/history. */
export function pointView(record: InferenceRecord, thresholds: TrustThresholds) {
  const { combined, naive, resistant, effectiveWorkers, allowNegative } = record;
  const mode: InferenceMode = record.mode;
  const interval95 = bounds(record.low95, record.high95);
  const proven = mode === InferenceMode.WEIGHTED;
  return {
    nonce: Number(record.nonce),
    atMs: Number(record.toldMs),
    mode: inferenceModeToJSON(mode),
    combined,
    naive,
    outlierResistant: resistant,
    interval68: bounds(record.low68, record.high68),
    interval95,
    effectiveWorkers,
    trust: judge(
      { value: combined, proven, allowNegative, effectiveWorkers, interval: interval95, standing: null },
      thresholds,
    ),
  };
}
