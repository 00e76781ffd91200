import { RefusalError } from '@allora/contracts/errors';
import type { ApiKey, KeyDirectory, KeyScope } from './caller';
import type { Standing } from './rate-limit';
import type { RateLimits } from './rate-limits';

export const apiKeyHeader = 'x-api-key';

export interface Admission {
  readonly apiKey: ApiKey | undefined;
  readonly standings: readonly Standing[];
}

const unlimited: Admission = { apiKey: undefined, standings: [] };

/** Tells callers apart at the door, by key or by address, and counts what they ask for. */
export class Callers {
  private directory: KeyDirectory | undefined;

  constructor(private readonly limits: RateLimits) {}

  /** A process that nobody gave a directory knows no keys and takes nobody's for one. */
  useDirectory(directory: KeyDirectory): void {
    this.directory = directory;
  }

  /** At once when points are leased already, else as soon as they are. A refusal is thrown either way. */
  admit(ip: string, token: string | undefined): Admission | Promise<Admission> {
    const apiKey = token === undefined ? undefined : this.directory?.find(token);
    if (apiKey !== undefined && apiKey !== 'public') {
      const standings = this.limits.spendAll(apiKey.limits, apiKey.lineage);
      return standings instanceof Promise
        ? standings.then((known) => ({ apiKey, standings: known }))
        : { apiKey, standings };
    }
    const isUnknown = token !== undefined && apiKey === undefined && this.directory !== undefined;
    const standings = this.limits.spendForAddress(ip);
    // Guessing keys counts, like everything else an address asks for.
    if (standings instanceof Promise) {
      return standings.then((known) => (isUnknown ? refuseKey() : { apiKey: undefined, standings: known }));
    }
    if (isUnknown) return refuseKey();
    return standings.length === 0 ? unlimited : { apiKey: undefined, standings };
  }
}

/** Without a key the scope is the anonymous caller's. */
export function requireScope(apiKey: ApiKey | undefined, scope: KeyScope): void {
  if (!apiKey || apiKey.scopes.has(scope)) return;
  throw new RefusalError('SCOPE_MISSING', `the key has no scope "${scope}"`, {
    scope,
    scopes: [...apiKey.scopes],
  });
}

function refuseKey(): never {
  throw new RefusalError('UNKNOWN_API_KEY', `${apiKeyHeader}: is not a key of this network`);
}
