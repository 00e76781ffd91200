import { z } from 'zod';

export const requireTls = z
  .boolean()
  .default(false)
  .describe(
    'Whether a start is refused unless PostgreSQL (sslmode=verify-full), Kafka (KAFKA_TLS) and Redis (rediss://) are spoken to over TLS',
  );

interface Lines {
  readonly requireTls: boolean;
  readonly databaseUrl?: string | undefined;
  readonly kafkaBrokers: readonly string[];
  readonly kafkaTls: boolean;
  readonly redisUrl?: string | undefined;
}

/** The line that is open to listeners, or undefined. verify-ca would do against these, but not against another server's certificate. */
export function plainLine(config: Lines): string | undefined {
  if (!config.requireTls) return undefined;
  const { databaseUrl, redisUrl } = config;
  if (databaseUrl !== undefined && new URL(databaseUrl).searchParams.get('sslmode') !== 'verify-full')
    return 'DATABASE_URL: is to end in ?sslmode=verify-full, as REQUIRE_TLS is set';
  if (config.kafkaBrokers.length > 0 && !config.kafkaTls)
    return 'KAFKA_TLS: is to be true, as REQUIRE_TLS is set';
  if (redisUrl !== undefined && !redisUrl.startsWith('rediss:'))
    return 'REDIS_URL: is to begin with rediss://, as REQUIRE_TLS is set';
  return undefined;
}
