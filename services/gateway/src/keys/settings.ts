import { z } from 'zod';

/** SHA-256 of the key that the public client libraries have built in. Everyone has it, so it says who nobody is. */
const sdkDefaultKeyHash = '346c093e2765d6d567b246926634e398ffca1a836c776b4771603b8a7fb061f5';

/** What the gateway is told of API keys. */
export const keySettings = {
  rateLimitPerApiKey: z
    .number()
    .int()
    .min(0)
    .max(2_000_000_000)
    .default(0)
    .describe(
      'Requests of an API key that has no limit of its own, in RATE_LIMIT_WINDOW_SECONDS, in place of the limit by address; 0: no limit',
    ),
  apiKeyTtlMs: z
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(2_000)
    .describe('How often a replica looks which keys have changed, in case it was not told'),
  apiKeyMaxAgeMs: z
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(600_000)
    .describe(
      'How long keys stand as last known while the database is away; longer, and requests with one are told to wait',
    ),
  publicKeyHashes: z
    .array(z.string().regex(/^([0-9a-f]{64}|none)$/, 'expected SHA-256 in lower-case hex, or none'))
    .max(100)
    .default([sdkDefaultKeyHash])
    .describe(
      'SHA-256 of keys that everyone has, served as if none were sent; unless told, the one that the public client libraries send ' +
        'when they are given none; none: refused like any unknown key',
    ),
  compatRequireKey: z
    .boolean()
    .default(false)
    .describe('Whether /v2 asks for a key; else who sends none is served as anonymous'),
};
