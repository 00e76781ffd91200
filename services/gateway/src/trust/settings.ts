import { TRUST_THRESHOLDS, type TrustThresholds } from '@allora/protocol/trust/trust';
import { z } from 'zod';

/** When an answer counts as stale or degraded; 0 switches the age and the width off. */
export const trustSettings = {
  trustEpochsBehindMax: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(TRUST_THRESHOLDS.epochsBehindMax)
    .describe('Epochs that may have ended since an answer before its status is stale'),
  trustAgeSecondsMax: z
    .number()
    .int()
    .min(0)
    .max(31_536_000)
    .default(TRUST_THRESHOLDS.ageSecondsMax ?? 0)
    .describe('Seconds after which an answer is stale whatever its epochs do; 0 = never'),
  trustEffectiveWorkersMin: z
    .number()
    .min(0)
    .max(1_000)
    .default(TRUST_THRESHOLDS.effectiveWorkersMin)
    .describe('Effective number of workers below which an answer is degraded'),
  trustRelativeIntervalWidthMax: z
    .number()
    .min(0)
    .max(1_000)
    .default(TRUST_THRESHOLDS.relativeIntervalWidthMax ?? 0)
    .describe(
      'Width of the 95 % interval, in parts of the value, beyond which an answer is degraded where values are never negative; 0 = any',
    ),
};

interface TrustConfig {
  readonly trustEpochsBehindMax: number;
  readonly trustAgeSecondsMax: number;
  readonly trustEffectiveWorkersMin: number;
  readonly trustRelativeIntervalWidthMax: number;
}

export const trustThresholds = (config: TrustConfig): TrustThresholds => ({
  epochsBehindMax: config.trustEpochsBehindMax,
  ageSecondsMax: config.trustAgeSecondsMax || null,
  effectiveWorkersMin: config.trustEffectiveWorkersMin,
  relativeIntervalWidthMax: config.trustRelativeIntervalWidthMax || null,
});
