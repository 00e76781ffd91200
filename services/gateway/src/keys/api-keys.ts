import { RefusalError } from '@allora/contracts/errors';
import type { KeyScope } from '@allora/service-kit/caller';
import { Clock } from '@allora/service-kit/clock';
import { Database } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { ApiKeysStore, type NewKey } from './api-keys.store';
import { AuditStore, type Deed } from './audit.store';
import { ApiKeyDirectory } from './key-directory';
import { type KeptKey, type KeyView, keyView } from './key-view';
import { makeToken, secretHash, tokenText } from './token';

/** Who asks, as the audit log tells it. */
export type Author = Pick<Deed, 'actor' | 'address' | 'requestId'>;

export interface KeyOrder {
  readonly name: string;
  readonly owner: string;
  readonly scopes: readonly KeyScope[];
  readonly perWindow: number | null;
  readonly perDay: number | null;
  readonly perMonth: number | null;
  readonly expiresAt: Date | null;
}

/** A key as it is shown once. */
export interface ShownKey {
  readonly key: string;
  readonly apiKey: KeyView;
}

/** Makes keys, replaces and revokes them, with the record of who did, in one transaction; then tells the replicas. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly store: ApiKeysStore,
    private readonly audit: AuditStore,
    private readonly directory: ApiKeyDirectory,
    private readonly clock: Clock,
  ) {}

  async create(order: KeyOrder, author: Author): Promise<ShownKey> {
    const token = makeToken();
    const { name, owner, scopes } = order;
    const made: NewKey = { ...order, id: token.id, lineage: token.id, secretHash: secretHash(token.secret) };
    const kept = await this.database.transaction(async (tx) => {
      const facts = { name, owner, scopes };
      await this.audit.add({ ...author, action: 'api_key.created', subject: token.id, facts }, tx);
      return this.store.insert(tx, made, this.now());
    });
    await this.directory.tell(kept.id);
    return { key: tokenText(token), apiKey: this.view(kept) };
  }

  /** The old key goes on for `overlapSeconds`, at most to its own end. Its end is the new one's too. */
  async rotate(id: string, overlapSeconds: number, author: Author): Promise<ShownKey> {
    const token = makeToken();
    const now = this.now();
    const kept = await this.database.transaction(async (tx) => {
      const old = existing(id, await this.store.find(id, tx));
      const endsAt = earlier(new Date(now.getTime() + overlapSeconds * 1_000), old.expiresAt);
      const isReplaced = await this.store.replace(tx, id, { id: token.id, endsAt }, now);
      if (!isReplaced) throw new RefusalError('KEY_NOT_ACTIVE', `key ${id} is replaced, revoked or expired`);
      const facts = { replacedBy: token.id, overlapSeconds };
      await this.audit.add({ ...author, action: 'api_key.rotated', subject: id, facts }, tx);
      return this.store.insert(tx, successorOf(old, token), now);
    });
    await Promise.all([this.directory.tell(kept.id), this.directory.tell(id)]);
    return { key: tokenText(token), apiKey: this.view(kept) };
  }

  /** Once and for all, with all keys it was replaced by or stands for if asked; a repeat changes nothing. */
  async revoke(id: string, lineage: boolean, author: Author): Promise<KeyView> {
    const revoked = await this.database.transaction(async (tx) => {
      const key = existing(id, await this.store.find(id, tx));
      const ids = await this.store.revoke(tx, lineage ? { lineage: key.lineage } : { id }, this.now());
      if (ids.length > 0) {
        await this.audit.add(
          { ...author, action: 'api_key.revoked', subject: id, facts: { revoked: ids } },
          tx,
        );
      }
      return ids;
    });
    await Promise.all(revoked.map((each) => this.directory.tell(each)));
    return this.get(id);
  }

  async get(id: string): Promise<KeyView> {
    return this.view(existing(id, await this.store.find(id)));
  }

  view(key: KeptKey): KeyView {
    return keyView(key, this.clock.nowMs());
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

function existing(id: string, key: KeptKey | undefined): KeptKey {
  if (key) return key;
  throw new RefusalError('NOT_FOUND', `there is no key ${id}`);
}

const earlier = (one: Date, other: Date | null): Date => (other !== null && other < one ? other : one);

const successorOf = (old: KeptKey, token: { id: string; secret: string }): NewKey => ({
  id: token.id,
  lineage: old.lineage,
  name: old.name,
  owner: old.owner,
  secretHash: secretHash(token.secret),
  scopes: old.scopes,
  perWindow: old.perWindow,
  perDay: old.perDay,
  perMonth: old.perMonth,
  expiresAt: old.expiresAt,
});
