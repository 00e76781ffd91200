import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { loadConfig } from './config';

const schema = z.object({ workerThreads: z.number().int().default(4).describe('Threads that compute') });

class Exit extends Error {
  constructor(readonly code: unknown) {
    super(`exit ${String(code)}`);
  }
}

function run(env: Record<string, string>, argv: string[]) {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Exit(code);
  });
  try {
    return { config: loadConfig('synthesis', schema, { env, argv }), out, err };
  } catch (error) {
    return { exitCode: (error as Exit).code, out, err };
  } finally {
    vi.restoreAllMocks();
  }
}

afterEach(() => vi.restoreAllMocks());

test('a good environment is returned', () => {
  expect(run({ WORKER_THREADS: '8' }, [])).toEqual({ config: { workerThreads: 8 }, out: '', err: '' });
});

test('--help prints the table and exits 0, whatever the environment holds', () => {
  const { exitCode, out, err } = run({ WORKER_THREADS: 'x' }, ['--help']);
  expect(exitCode).toBe(0);
  expect(out).toContain('WORKER_THREADS');
  expect(err).toBe('');
});

test('a wrong value exits 1 and says which', () => {
  const { exitCode, out, err } = run({ WORKER_THREADS: 'x' }, []);
  expect(exitCode).toBe(1);
  expect(out).toBe('');
  expect(err).toContain('WORKER_THREADS: expected a number, got "x"');
});

test('an unknown argument exits 1', () => {
  const { exitCode, err } = run({}, ['--workers=3']);
  expect(exitCode).toBe(1);
  expect(err).toContain('--workers=3: unknown argument');
});
