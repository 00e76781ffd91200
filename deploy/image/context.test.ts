import { describe, expect, it } from 'vitest';
import { contextFilter } from './context';

describe("an image's build context", () => {
  const isSent = contextFilter();

  it.each([
    'package-lock.json',
    'deploy/image/steps.mjs',
    'deploy/prepare/main.ts',
    'services/gateway/src/main.ts',
    'prisma/migrations/migration_lock.toml',
  ])('holds %s', (file) => {
    expect(isSent(file)).toBe(true);
  });

  it.each([
    '.git/config',
    '.allora/network-key',
    'deploy/stack/main.ts',
    'helm/allora/values.yaml',
    'libs/store/src/gen/prisma/client.ts',
    'libs/contracts/src/gen/allora/bus/v1/envelope.ts',
    'services/gateway/.env',
    'services/gateway/.env.production',
    'services/rewards/out.log',
    'node_modules/pg/package.json',
    'libs/cli/node_modules/pg/package.json',
  ])('leaves out %s', (file) => {
    expect(isSent(file)).toBe(false);
  });
});
