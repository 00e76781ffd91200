import { keyScopes, type KeyScope } from '@allora/service-kit/caller';
import { Database, type Tx } from '@allora/store/database';
import type { GatewayApiKey } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import type { KeptKey } from './key-view';

export interface KeysPage {
  readonly owner?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export type NewKey = Omit<KeptKey, 'createdAt' | 'lastUsedAt' | 'revokedAt' | 'replacedBy'>;

const isScope = (text: string): text is KeyScope => (keyScopes as readonly string[]).includes(text);

function keptKey({ scopes, perDay, perMonth, ...row }: GatewayApiKey): KeptKey {
  return {
    ...row,
    scopes: scopes.filter(isScope),
    perDay: perDay === null ? null : Number(perDay),
    perMonth: perMonth === null ? null : Number(perMonth),
  };
}

/** All SQL on keys. Whatever changes one says when, for the replicas to notice. */
@Injectable()
export class ApiKeysStore {
  constructor(private readonly database: Database) {}

  async find(id: string, tx: Tx = this.database.prisma): Promise<KeptKey | undefined> {
    const row = await tx.gatewayApiKey.findUnique({ where: { id } });
    return row === null ? undefined : keptKey(row);
  }

  async list({ owner, after, limit }: KeysPage): Promise<KeptKey[]> {
    const rows = await this.database.prisma.gatewayApiKey.findMany({
      where: {
        ...(owner === undefined ? {} : { owner }),
        ...(after === undefined ? {} : { id: { gt: after } }),
      },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(keptKey);
  }

  /** What stands, and what has changed since; everything that stands when no time is given. */
  async changedSince(since: Date | undefined): Promise<KeptKey[]> {
    const where = since === undefined ? { revokedAt: null } : { changedAt: { gte: since } };
    return (await this.database.prisma.gatewayApiKey.findMany({ where })).map(keptKey);
  }

  async insert(
    tx: Tx,
    { perDay, perMonth, secretHash, scopes, ...key }: NewKey,
    now: Date,
  ): Promise<KeptKey> {
    const bigOrNull = (value: number | null) => (value === null ? null : BigInt(value));
    const data = {
      ...key,
      secretHash: Uint8Array.from(secretHash),
      scopes: [...scopes],
      perDay: bigOrNull(perDay),
      perMonth: bigOrNull(perMonth),
      createdAt: now,
      changedAt: now,
    };
    return keptKey(await tx.gatewayApiKey.create({ data }));
  }

  /** False when it does not stand any more, or was replaced already: of two at once one loses. */
  async replace(tx: Tx, id: string, by: { id: string; endsAt: Date }, now: Date): Promise<boolean> {
    const { count } = await tx.gatewayApiKey.updateMany({
      where: { id, replacedBy: null, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
      data: { replacedBy: by.id, expiresAt: by.endsAt, changedAt: now },
    });
    return count === 1;
  }

  /** Ids of those that stood until now. */
  async revoke(tx: Tx, which: { id: string } | { lineage: string }, now: Date): Promise<string[]> {
    const rows = await tx.gatewayApiKey.updateManyAndReturn({
      where: { ...which, revokedAt: null },
      data: { revokedAt: now, changedAt: now },
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }

  async noteUse(lastUsedMs: ReadonlyMap<string, number>): Promise<void> {
    const [ids, times] = [[...lastUsedMs.keys()], [...lastUsedMs.values()].map((ms) => new Date(ms))];
    await this.database.prisma.$executeRaw`
      UPDATE gateway.api_keys AS key SET last_used_at = greatest(key.last_used_at, used.at)
      FROM unnest(${ids}::text[], ${times}::timestamptz[]) AS used (id, at) WHERE key.id = used.id`;
  }
}
