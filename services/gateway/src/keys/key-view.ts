import type { KeyScope } from '@allora/service-kit/caller';
import { prefixOf } from './token';

/** A key as it is kept. */
export interface KeptKey {
  readonly id: string;
  readonly lineage: string;
  readonly name: string;
  readonly owner: string;
  readonly secretHash: Uint8Array;
  readonly scopes: readonly KeyScope[];
  /** Requests in a window, a day and a month; null where the key has no such limit of its own. */
  readonly perWindow: number | null;
  readonly perDay: number | null;
  readonly perMonth: number | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly replacedBy: string | null;
}

export function stateOf({ revokedAt, expiresAt, replacedBy }: KeptKey, nowMs: number) {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null && expiresAt.getTime() <= nowMs) return 'expired';
  return replacedBy === null ? 'active' : 'replaced';
}

/** All that is ever shown of a key again, to its holder and to operators. */
export const keyView = (key: KeptKey, nowMs: number) => ({
  id: key.id,
  prefix: prefixOf(key.id),
  name: key.name,
  owner: key.owner,
  scopes: key.scopes,
  limits: { perWindow: key.perWindow, perDay: key.perDay, perMonth: key.perMonth },
  state: stateOf(key, nowMs),
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
  replacedBy: key.replacedBy,
});

export type KeyView = ReturnType<typeof keyView>;
