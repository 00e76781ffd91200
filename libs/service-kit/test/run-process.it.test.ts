import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, test, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const fixture = path.join(import.meta.dirname, 'process.fixture.ts');

function run(behaviour: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, behaviour], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const says = (text: string) => vi.waitFor(() => expect(output).toContain(text), { timeout: 60_000 });
  return { child, exit, says, output: () => output };
}

test.concurrent.each([
  ['stops', 'SIGTERM', 0],
  ['stops', 'SIGINT', 0],
  ['unclean', 'SIGTERM', 1],
] as const)('%s on %s with exit %i', async (behaviour, signal, code) => {
  const { child, exit, says } = run(behaviour);
  await says('ready');
  child.kill(signal);
  expect(await exit).toBe(code);
});

test.concurrent('a second signal ends a stop that hangs', async () => {
  const { child, exit, says } = run('hangs');
  await says('ready');
  child.kill('SIGTERM');
  await says('signal received');
  child.kill('SIGTERM');
  expect(await exit).toBe(1);
});

test.concurrent.each([
  ['fails-to-start', 'start failed', 'no database'],
  ['rejects', 'unhandled rejection', 'nobody caught this'],
  ['throws', 'uncaught exception', 'nobody caught this'],
])('%s: logged, exit 1', async (behaviour, text, reason) => {
  const { exit, output } = run(behaviour);
  expect(await exit).toBe(1);
  expect(output()).toContain(text);
  expect(output()).toContain(reason);
});
