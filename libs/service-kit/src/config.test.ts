import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { coordinatorGrpcAddress } from './addresses';
import { commonConfig, commonRules, grpcPort, signerRule } from './common-config';
import { ConfigError, configHelp, readConfig, secret } from './config';
import { environmentName } from './config-field';

const schema = z.object({
  workerThreads: z.number().int().min(1).max(64).default(4).describe('Threads that compute'),
  feeRate: z.number().min(0).optional().describe('Share of a fee'),
  genesisMs: z.number().int().describe('Time of block 0'),
  faucet: z.boolean().default(false).describe('Gives test money away'),
  mode: z.enum(['manual', 'wall']).default('wall').describe('What moves the clock'),
  peers: z.array(z.string().regex(/^\w+$/, 'expected names')).max(3).default([]).describe('Others'),
  weights: z.array(z.number()).default([0.5]).describe('Weights'),
  capUallo: z.bigint().default(10n).describe('Upper limit'),
  adminToken: secret(z.string().min(8)).optional().describe('Guards commands'),
});
const needed = { GENESIS_MS: '0' };
const problems = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(schema, { env: { ...needed, ...env } });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('readConfig', () => {
  test('reads every type from text and falls back to defaults', () => {
    const env = {
      GENESIS_MS: '1700000000000',
      WORKER_THREADS: ' 8 ',
      FEE_RATE: '2.5e-1',
      FAUCET: 'true',
      MODE: 'manual',
      PEERS: 'one, two,',
      WEIGHTS: '1,-2.5',
      CAP_UALLO: '1000000000000000000000',
      ADMIN_TOKEN: 'correct horse',
    };
    expect(readConfig(schema, { env })).toEqual({
      genesisMs: 1_700_000_000_000,
      workerThreads: 8,
      feeRate: 0.25,
      faucet: true,
      mode: 'manual',
      peers: ['one', 'two'],
      weights: [1, -2.5],
      capUallo: 10n ** 21n,
      adminToken: 'correct horse',
    });
    expect(readConfig(schema, { env: needed })).toMatchObject({
      workerThreads: 4,
      faucet: false,
      weights: [0.5],
    });
  });

  test('an empty variable counts as not set', () => {
    expect(readConfig(schema, { env: { ...needed, WORKER_THREADS: '' } }).workerThreads).toBe(4);
  });

  test.each([
    [{ WORKER_THREADS: 'x' }, 'WORKER_THREADS: expected a number, got "x"'],
    [{ WORKER_THREADS: '0x10' }, 'WORKER_THREADS: expected a number, got "0x10"'],
    [{ WORKER_THREADS: '4 threads' }, 'WORKER_THREADS: expected a number, got "4 threads"'],
    [{ WORKER_THREADS: '1.5' }, 'WORKER_THREADS: expected a whole number, got "1.5"'],
    [{ WORKER_THREADS: '65' }, 'WORKER_THREADS: expected at most 64, got "65"'],
    [{ WORKER_THREADS: '0' }, 'WORKER_THREADS: expected at least 1, got "0"'],
    [{ FEE_RATE: 'Infinity' }, 'FEE_RATE: expected a number, got "Infinity"'],
    [{ GENESIS_MS: '' }, 'GENESIS_MS: is required (Time of block 0)'],
    [{ FAUCET: 'yes' }, 'FAUCET: expected true or false, got "yes"'],
    [{ FAUCET: '1' }, 'FAUCET: expected true or false, got "1"'],
    [{ MODE: 'atomic' }, 'MODE: expected one of manual, wall, got "atomic"'],
    [{ PEERS: 'a,b,c,d' }, 'PEERS: expected at most 3 items, separated by commas, got "a,b,c,d"'],
    [{ PEERS: 'a,b c' }, 'PEERS: expected names, got "a,b c"'],
    [{ WEIGHTS: '1,two' }, 'WEIGHTS: expected a number, got "1,two"'],
    [{ ADMIN_TOKEN: 'short' }, 'ADMIN_TOKEN: expected at least 8 characters'],
  ])('%j is refused by name', (env, message) => {
    expect(problems(env)).toEqual([message]);
  });

  test('all wrong variables are told at once', () => {
    expect(problems({ WORKER_THREADS: 'x', FAUCET: 'x', GENESIS_MS: '' })).toHaveLength(3);
  });
});

describe('common configuration', () => {
  const service = commonConfig.extend({ grpcPort: grpcPort(9084), coordinatorGrpcAddress });
  const databaseUrl = 'postgresql://allora:hunter2@localhost:5432/allora';
  const failure = (env: Record<string, string>): string => {
    try {
      readConfig(service, {
        env: { DATABASE_URL: databaseUrl, ...env },
        rules: [...commonRules, signerRule],
      });
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  test('needs no more than a database', () => {
    const config = readConfig(service, { env: { DATABASE_URL: databaseUrl }, rules: commonRules });
    expect(config).toMatchObject({
      databaseUrl,
      bus: 'embedded',
      kafkaBrokers: [],
      grpcPort: 9084,
      chainId: 'allora-local-1',
    });
    expect(config.redisUrl).toBeUndefined();
    expect(config.coordinatorGrpcAddress).toBe('localhost:9081');
  });

  test.each([
    [{ BUS: 'kafka', NETWORK_KEY: 'ab'.repeat(32) }, 'KAFKA_BROKERS: is required with BUS=kafka'],
    [
      { BUS: 'kafka', KAFKA_BROKERS: 'one:9092' },
      'NETWORK_KEY: is required with BUS=kafka; make one with: openssl rand -hex 32',
    ],
    [{ BUS: 'rabbit' }, 'BUS: expected one of embedded, kafka, got "rabbit"'],
    [
      { BUS: 'kafka', KAFKA_BROKERS: 'one' },
      'KAFKA_BROKERS: expected host:port, several separated by commas, got "one"',
    ],
    [{ REDIS_URL: 'http://:pw@cache' }, 'REDIS_URL: expected a URL of the form redis://host:6379'],
    [
      { COORDINATOR_GRPC_ADDRESS: 'http://x' },
      'COORDINATOR_GRPC_ADDRESS: expected host:port, got "http://x"',
    ],
    [{ HTTP_PORT: '70000' }, 'HTTP_PORT: expected at most 65535, got "70000"'],
  ])('%j', (env, message) => {
    expect(failure(env)).toBe(message);
  });

  test('a wrong secret is not repeated', () => {
    const told = failure({ DATABASE_URL: 'mysql://root:hunter2@db/x' });
    expect(told).toContain('DATABASE_URL: expected a URL of the form postgresql://');
    expect(told).not.toContain('hunter2');
  });

  test('tests and the standalone give real values', () => {
    const config = service.parse({ databaseUrl, httpPort: 0, kafkaBrokers: ['localhost:9092'] });
    expect(config).toMatchObject({ httpPort: 0, kafkaBrokers: ['localhost:9092'] });
  });
});

test('help names every variable with default and meaning, and no secret', () => {
  const withSecretDefault = schema.extend({ seed: secret(z.string()).default('hunter2').describe('Seed') });
  const help = configHelp('synthesis', withSecretDefault);
  for (const field of Object.keys(withSecretDefault.shape)) expect(help).toContain(environmentName(field));
  expect(help).toMatch(/WORKER_THREADS\s+4\s+Threads that compute/);
  expect(help).toMatch(/GENESIS_MS\s+\(required\)\s+Time of block 0/);
  expect(help).toMatch(/FEE_RATE\s+-\s+Share of a fee/);
  expect(help).toMatch(/SEED\s+\(hidden\)\s+Seed/);
  expect(help).not.toContain('hunter2');
});
