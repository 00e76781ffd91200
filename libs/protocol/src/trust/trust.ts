import { saturate } from '../numeric';

/** Why an answer is not as good as it may be. The first two make it stale, the others degraded. */
export type TrustReason = 'EPOCHS_BEHIND' | 'OLD' | 'UNPROVEN' | 'FEW_WORKERS' | 'WIDE_INTERVAL';

export type TrustStatus = 'fresh' | 'stale' | 'degraded';

/** What an answer is measured by; `null` switches a measure off. */
export interface TrustThresholds {
  /** Epochs that may have ended behind the answer's own before it counts as stale. */
  readonly epochsBehindMax: number;
  /** Seconds since the network told the answer. */
  readonly ageSecondsMax: number | null;
  /** Least effective number of workers. */
  readonly effectiveWorkersMin: number;
  /** Widest 95 % interval in parts of the value's size; not applied where values may be negative, as they pass through 0. */
  readonly relativeIntervalWidthMax: number | null;
}

export const TRUST_THRESHOLDS: TrustThresholds = {
  epochsBehindMax: 1,
  ageSecondsMax: 86_400,
  effectiveWorkersMin: 2,
  relativeIntervalWidthMax: 0.5,
};

export interface TrustInput {
  readonly value: number;
  /** Whether weights or any record of the workers stand behind the value. */
  readonly proven: boolean;
  readonly allowNegative: boolean;
  readonly effectiveWorkers: number;
  /** Bounds of the 95 % interval, in the unit of the value; null where the network gave none. */
  readonly interval: readonly [low: number, high: number] | null;
  /** The moment it is judged at; null judges it as of its own time. */
  readonly standing: {
    readonly toldMs: number;
    readonly nowMs: number;
    readonly nonce: number;
    /** Latest nonce of the topic whose worker window has closed; null where it is not known. */
    readonly latestNonce: number | null;
    readonly epochLengthBlocks: number;
  } | null;
}

export interface Trust {
  readonly status: TrustStatus;
  readonly reasons: readonly { readonly code: TrustReason; readonly text: string }[];
  /** Whole seconds since the network told the answer, and epochs that ended since; null as of its own time. */
  readonly ageSeconds: number | null;
  readonly epochsBehind: number | null;
  readonly effectiveWorkers: number;
  /** Of the 95 % interval, in the unit of the value and in parts of the value's size; null without one, or of a value 0. */
  readonly intervalWidth: number | null;
  readonly relativeIntervalWidth: number | null;
}

/** How much an answer is worth, and why. */
export function judge(input: TrustInput, thresholds: TrustThresholds): Trust {
  const { value, effectiveWorkers, interval, standing } = input;
  const intervalWidth = interval && saturate(Math.abs(interval[1] - interval[0]));
  const measures = {
    ageSeconds: standing && Math.max(0, Math.floor((standing.nowMs - standing.toldMs) / 1_000)),
    epochsBehind: standing && epochsBehind(standing),
    effectiveWorkers,
    intervalWidth,
    relativeIntervalWidth:
      intervalWidth === null || value === 0 ? null : saturate(intervalWidth / Math.abs(value)),
  };
  const reasons = [
    ...stalenessOf(measures, thresholds).map((reason) => ({ ...reason, stale: true })),
    ...weaknessesOf(input, measures, thresholds).map((reason) => ({ ...reason, stale: false })),
  ];
  const status = reasons.length === 0 ? 'fresh' : reasons.some(({ stale }) => stale) ? 'stale' : 'degraded';
  return { status, reasons: reasons.map(({ code, text }) => ({ code, text })), ...measures };
}

type Measures = Omit<Trust, 'status' | 'reasons'>;
type Reason = Trust['reasons'][number];

function epochsBehind({
  nonce,
  latestNonce,
  epochLengthBlocks,
}: NonNullable<TrustInput['standing']>): number {
  if (latestNonce === null || epochLengthBlocks < 1) return 0;
  return Math.max(0, Math.floor((latestNonce - nonce) / epochLengthBlocks));
}

function stalenessOf({ ageSeconds, epochsBehind: behind }: Measures, thresholds: TrustThresholds): Reason[] {
  const { epochsBehindMax, ageSecondsMax } = thresholds;
  const reasons: Reason[] = [];
  if (behind !== null && behind > epochsBehindMax) {
    const text = `${behind} epochs have ended since without an answer; ${epochsBehindMax} may`;
    reasons.push({ code: 'EPOCHS_BEHIND', text });
  }
  if (ageSeconds !== null && ageSecondsMax !== null && ageSeconds > ageSecondsMax) {
    reasons.push({ code: 'OLD', text: `it was told more than ${ageSecondsMax} s ago` });
  }
  return reasons;
}

function weaknessesOf(
  { proven, allowNegative }: TrustInput,
  { effectiveWorkers, relativeIntervalWidth: width }: Measures,
  { effectiveWorkersMin, relativeIntervalWidthMax: widest }: TrustThresholds,
): Reason[] {
  const reasons: Reason[] = [];
  if (!proven) {
    reasons.push({
      code: 'UNPROVEN',
      text: 'no worker of the epoch has a record yet that could weigh its value',
    });
  }
  if (effectiveWorkers < effectiveWorkersMin) {
    const text = `its weights count as ${Number(effectiveWorkers.toPrecision(3))} equal workers; at least ${effectiveWorkersMin} are asked for`;
    reasons.push({ code: 'FEW_WORKERS', text });
  }
  if (!allowNegative && width !== null && widest !== null && width > widest) {
    const text = `the 95 % interval is ${Number(width.toPrecision(3))} of the value wide; at most ${widest} is asked for`;
    reasons.push({ code: 'WIDE_INTERVAL', text });
  }
  return reasons;
}
