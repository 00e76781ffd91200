/** What the network publishes of an epoch, and what its topic's public history is made of. */
export interface PastEpoch {
  readonly nonce: number;
  /** In the unit of the topic's inferences. */
  readonly inferences: readonly { readonly inferer: string; readonly value: number }[];
  /** Network losses, on the topic's logarithmic scale; null while the epoch is not settled, or for ever if nobody reported. */
  readonly losses: EpochLosses | null;
  /** What the forecaster's owner knew beside, when this epoch's forecasts were made; always of the same length. */
  readonly context?: readonly number[];
}

export interface EpochLosses {
  readonly network: number;
  readonly inferers: readonly { readonly inferer: string; readonly loss: number }[];
}

/** The losses of an epoch that are numbers, by inferer; null if there is nothing to learn from. */
export function lossesByInferer({ losses }: PastEpoch): ReadonlyMap<string, number> | null {
  if (losses === null || !Number.isFinite(losses.network)) return null;
  const known = losses.inferers.filter(({ loss }) => Number.isFinite(loss));
  return known.length === 0 ? null : new Map(known.map(({ inferer, loss }) => [inferer, loss]));
}
