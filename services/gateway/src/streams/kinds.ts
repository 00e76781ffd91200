import type { KIND_NAMES } from '@allora/public-api/schemas/stream';
import type { FactKind } from '../proto';

/** What a reader may ask for. */
export type KindName = (typeof KIND_NAMES)[number];

export const KIND_BITS: Readonly<Record<KindName, number>> = { inference: 1, phase: 2, window: 4 };

/** What a fact is told as, beside the phase that every fact is. */
export const mainKindOf = (kind: FactKind): Exclude<KindName, 'phase'> | undefined => {
  if (kind === 'inference') return 'inference';
  return kind.includes('window') ? 'window' : undefined;
};
