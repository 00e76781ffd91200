export const SCORING_INPUTS = ['loss_set', 'stake_snapshot', 'network_inference'] as const;

export type ScoringInput = (typeof SCORING_INPUTS)[number];

/** The earliest record of one log that waits to be used. */
export interface ScoringHead {
  readonly nonce: number;
  readonly complete: boolean;
}

export type ScoringHeads = Readonly<Record<ScoringInput, ScoringHead | null>>;

/** Nonce of the epoch that can be scored now, or null. Epochs are scored strictly in nonce order, as each stands on the last. */
export function nextEpoch(heads: ScoringHeads): number | null {
  const { loss_set: losses, stake_snapshot: stakes, network_inference: inference } = heads;
  if (!losses?.complete || !stakes?.complete || !inference?.complete) return null;
  return losses.nonce === stakes.nonce && losses.nonce === inference.nonce ? losses.nonce : null;
}
