/** The earliest record of one log that waits to be used. */
export interface PendingHead {
  readonly nonce: number;
  /** Latest nonce settled before the record's epoch turned; null when there was none. */
  readonly settledNonce: number | null;
  /** Whether all parts are there. */
  readonly complete: boolean;
}

export const SYNTHESIS_INPUTS = [
  'inference_set',
  'forecast_set',
  'network_losses',
  'epoch_scores',
  'epoch_rewards',
] as const;

export type SynthesisInput = (typeof SYNTHESIS_INPUTS)[number];
export type SynthesisHeads = Readonly<Record<SynthesisInput, PendingHead | null>>;

/** Latest nonce applied of what has to be applied in nonce order; null before the first. */
export interface SynthesisProgress {
  readonly lossesNonce: number | null;
  readonly scoresNonce: number | null;
  readonly rewardsNonce: number | null;
}

export type SynthesisStep =
  | { readonly kind: 'synthesise'; readonly nonce: number }
  | { readonly kind: 'apply_scores'; readonly nonce: number }
  | { readonly kind: 'apply_losses'; readonly nonce: number }
  | { readonly kind: 'apply_rewards'; readonly nonce: number }
  | { readonly kind: 'wait'; readonly input: SynthesisInput; readonly nonce: number | null };

/**
 * What can be done next for a topic. An epoch is synthesised from everything settled before its worker window closed and from
 * nothing later, so losses, scores and rewards are applied only as an epoch asks for them: how early they arrive
 * cannot change a result. Each log is in nonce order; between logs any order may occur.
 */
export function nextSynthesisStep(heads: SynthesisHeads, progress: SynthesisProgress): SynthesisStep {
  const inferences = heads.inference_set;
  const forecasts = heads.forecast_set;
  if (!inferences && !forecasts) return { kind: 'wait', input: 'inference_set', nonce: null };
  const nonce = Math.min(inferences?.nonce ?? Infinity, forecasts?.nonce ?? Infinity);
  if (inferences?.nonce !== nonce || !inferences.complete)
    return { kind: 'wait', input: 'inference_set', nonce };
  if (forecasts?.nonce !== nonce || !forecasts.complete)
    return { kind: 'wait', input: 'forecast_set', nonce };
  return (
    stepTowards(
      inferences.settledNonce,
      progress.scoresNonce,
      heads.epoch_scores,
      'epoch_scores',
      'apply_scores',
    ) ??
    stepTowardsLosses(inferences.settledNonce, heads, progress) ?? { kind: 'synthesise', nonce }
  );
}

function stepTowardsLosses(
  target: number | null,
  heads: SynthesisHeads,
  progress: SynthesisProgress,
): SynthesisStep | null {
  const losses = heads.network_losses;
  const step = stepTowards(target, progress.lossesNonce, losses, 'network_losses', 'apply_losses');
  if (step?.kind !== 'apply_losses' || !losses) return step;
  // Who counts as experienced in an epoch's regrets depends on what was paid up to the epoch before it.
  const paid = losses.settledNonce;
  return (
    stepTowards(paid, progress.rewardsNonce, heads.epoch_rewards, 'epoch_rewards', 'apply_rewards') ?? step
  );
}

/** Null once `target` is reached. */
function stepTowards(
  target: number | null,
  reached: number | null,
  head: PendingHead | null,
  input: SynthesisInput,
  apply: 'apply_scores' | 'apply_losses' | 'apply_rewards',
): SynthesisStep | null {
  if (target === null || (reached !== null && reached >= target)) return null;
  if (!head || head.nonce > target || !head.complete) return { kind: 'wait', input, nonce: target };
  return { kind: apply, nonce: head.nonce };
}
