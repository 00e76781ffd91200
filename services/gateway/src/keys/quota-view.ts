import type { ApiKey } from '@allora/service-kit/caller';
import type { Standing } from '@allora/service-kit/rate-limit';

/** Who asks and how much of each limit is left, as the request found it. */
export const quotaView = (apiKey: ApiKey | undefined, standings: readonly Standing[]) => ({
  caller: {
    kind: apiKey ? 'key' : 'anonymous',
    apiKeyId: apiKey?.id ?? null,
    owner: apiKey?.owner ?? null,
    scopes: [...(apiKey?.scopes ?? ['read', 'stream'])],
  },
  limits: standings.map(({ policy, quota, windowSeconds, remaining, resetSeconds }) => ({
    policy,
    quota,
    windowSeconds,
    remaining,
    resetSeconds,
  })),
});

export type QuotaView = ReturnType<typeof quotaView>;
