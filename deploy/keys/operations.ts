import { operate, type Service } from '../operations-client';

export interface ListedKey {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly owner: string;
  readonly scopes: readonly string[];
  readonly limits: {
    readonly perWindow: number | null;
    readonly perDay: number | null;
    readonly perMonth: number | null;
  };
  readonly state: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly replacedBy: string | null;
}

export interface ShownKey {
  readonly key: string;
  readonly apiKey: ListedKey;
}

export async function listKeys(gateway: Service, owner: string | undefined): Promise<ListedKey[]> {
  const keys: ListedKey[] = [];
  let after: string | null | undefined;
  do {
    const query = new URLSearchParams({
      limit: '1000',
      ...(owner === undefined ? {} : { owner }),
      ...(typeof after === 'string' ? { after } : {}),
    });
    const page = await operate<{ apiKeys: ListedKey[]; next: string | null }>(gateway, {
      path: `api-keys?${query.toString()}`,
    });
    keys.push(...page.apiKeys);
    after = page.next;
  } while (after !== null);
  return keys;
}

export const createKey = (gateway: Service, order: object): Promise<ShownKey> =>
  operate(gateway, { path: 'api-keys', body: order });

export const rotateKey = (gateway: Service, id: string, overlapSeconds: number): Promise<ShownKey> =>
  operate(gateway, { path: `api-keys/${encodeURIComponent(id)}/rotation`, body: { overlapSeconds } });

export const revokeKey = (gateway: Service, id: string, lineage: boolean): Promise<ListedKey> =>
  operate(gateway, { path: `api-keys/${encodeURIComponent(id)}/revocation`, body: { lineage } });
