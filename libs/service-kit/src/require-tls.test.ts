import { describe, expect, it } from 'vitest';
import { plainLine } from './require-tls';

const sealed = {
  requireTls: true,
  databaseUrl: 'postgresql://a:b@db:5432/allora?sslmode=verify-full',
  kafkaBrokers: ['kafka:9093'],
  kafkaTls: true,
  redisUrl: 'rediss://redis:6379',
};

describe('plainLine', () => {
  it('finds nothing where all three are TLS, or absent', () => {
    expect(plainLine(sealed)).toBeUndefined();
    expect(plainLine({ ...sealed, databaseUrl: undefined, redisUrl: undefined })).toBeUndefined();
    expect(plainLine({ ...sealed, kafkaBrokers: [], kafkaTls: false })).toBeUndefined();
  });

  it.each([
    ['DATABASE_URL', { databaseUrl: 'postgresql://a:b@db:5432/allora' }],
    ['DATABASE_URL', { databaseUrl: 'postgresql://a:b@db:5432/allora?sslmode=require' }],
    ['KAFKA_TLS', { kafkaTls: false }],
    ['REDIS_URL', { redisUrl: 'redis://redis:6379' }],
  ])('names %s where it is not', (variable, changed) => {
    expect(plainLine({ ...sealed, ...changed })).toContain(`${variable}: `);
    expect(plainLine({ ...sealed, ...changed, requireTls: false })).toBeUndefined();
  });
});
