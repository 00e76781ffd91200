import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { weightShares as sharesOf } from '@allora/protocol/synthesis/weight-shares';

export interface WeightShares {
  /** Aligned with the inference's inferers and forecasters; null where the mode has no weights. */
  readonly inferers: readonly (number | null)[];
  readonly forecasters: readonly (number | null)[];
  readonly effectiveWorkers: number;
}

export function weightShares({ inferers, forecasters }: NetworkInference): WeightShares {
  const { shares, effectiveWorkers } = sharesOf(
    [...inferers, ...forecasters].map(({ weight }) => weight ?? null),
  );
  return {
    inferers: shares.slice(0, inferers.length),
    forecasters: shares.slice(inferers.length),
    effectiveWorkers: effectiveWorkers ?? inferers.length,
  };
}
