import 'reflect-metadata';
import { GATEWAY_CONFIG, gatewayConfig } from '@allora/gateway/config';
import { keyControllers, keyProviders } from '@allora/gateway/keys/keys';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runKeys } from './command';

const adminToken = 'an operator token of this test';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let app: RunningApp;
beforeAll(async () => {
  database = await createTestDatabase();
  const config = gatewayConfig.parse({
    databaseUrl: database.url,
    databasePoolSize: 4,
    ...{ httpHost: '127.0.0.1', httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0, logLevel: 'silent' },
    adminToken,
    operationsPort: 0,
  });
  const provideConfig = { provide: GATEWAY_CONFIG, useValue: config };
  const keys = {
    module: class KeysModule {},
    controllers: keyControllers,
    providers: [provideConfig, ...keyProviders],
  };
  app = await startApp({ name: 'gateway', config, modules: [keys] });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

async function cli(...args: string[]) {
  let [out, err] = ['', ''];
  const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const exitCode = await runKeys(args, output, { ADMIN_TOKEN: adminToken });
  return { exitCode, out, err };
}

const keyIn = (text: string): string => /UP-[0-9a-f]{16}-[0-9a-f]{64}/.exec(text)?.[0] ?? '';
const stands = async (key: string): Promise<boolean> =>
  (await fetch(`${app.httpUrl}/v1/api-keys/self`, { headers: { 'x-api-key': key } })).ok;

test('a key is made, shown, replaced and revoked', async () => {
  const at = ['--url', app.operationsUrl];
  expect((await cli('list', ...at)).out).toBe('no keys\n');
  const order = ['--owner', 'ACME', '--name', 'prices', '--scopes', 'read, purchase', '--per-day', '1000'];
  const made = await cli('create', ...at, ...order, '--expires-in-days', '30');
  expect(made.exitCode).toBe(0);
  expect(made.out).toContain('ACME: prices\n  may read, purchase; 1000 a day');
  const key = keyIn(made.out);
  expect(await stands(key)).toBe(true);

  const list = await cli('list', ...at, '--owner', 'ACME');
  expect(list.out).toContain(`${key.slice(0, 19)}  active`);
  expect(list.out).not.toContain(key.slice(20));
  expect((await cli('list', ...at, '--owner', 'nobody')).out).toBe('no keys\n');

  const rotated = await cli('rotate', key.slice(0, 19), ...at, '--overlap-seconds', '60', '--json');
  const next = keyIn(rotated.out);
  expect([await stands(key), await stands(next)]).toEqual([true, true]);
  expect((await cli('rotate', key.slice(0, 19), ...at)).err).toMatch(/^KEY_NOT_ACTIVE: /);

  expect((await cli('revoke', next.slice(3, 19), ...at, '--lineage')).out).toContain('revoked');
  expect([await stands(key), await stands(next)]).toEqual([false, false]);
});

test('a refusal and wrong usage are told apart', async () => {
  const at = ['--url', app.operationsUrl];
  const refused = await cli('list', ...at, '--token', 'another one');
  expect([refused.exitCode, refused.err]).toEqual([1, expect.stringMatching(/^NOT_AUTHORIZED: /) as unknown]);
  // The public port knows nothing of it.
  expect((await cli('list', '--url', app.httpUrl)).err).toMatch(/^NOT_FOUND: /);
  expect((await cli('list', '--url', 'http://127.0.0.1:1')).err).toContain('cannot be reached');
  expect((await cli('revoke', '0000000000000000', ...at)).exitCode).toBe(1);
  const scopes = ['--owner', 'o', '--name', 'n', '--scopes', 'everything'];
  expect((await cli('create', ...at, ...scopes)).err).toMatch(/^MALFORMED: scopes/);
  for (const args of [['list'], ['create', ...at], ['rotate', ...at], ['destroy', ...at]]) {
    expect((await cli(...args)).exitCode).toBe(2);
  }
  const help = await cli('--help');
  expect([help.exitCode, help.out]).toEqual([0, expect.stringContaining('Exit codes: 0 done') as unknown]);
});
