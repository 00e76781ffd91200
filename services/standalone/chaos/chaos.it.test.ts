import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

/** Runs the command as a person would, against the build in dist/. */
function chaos(args: readonly string[]) {
  const child = spawn(
    path.join(root, 'node_modules/.bin/tsx'),
    [path.join(import.meta.dirname, 'main.ts'), ...args],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise<{ code: number | null; lines: Record<string, unknown>[] }>((resolve) => {
    child.once('close', (code) => {
      const lines = output.split('\n').filter(Boolean);
      resolve({ code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) });
    });
  });
}

describe('npm run chaos', () => {
  it.each([
    { scenario: 'ingest', besides: ['--workers', '60'] },
    { scenario: 'ledger', besides: [] },
    { scenario: 'purchases', besides: ['--requests', '60'] },
  ])(
    'breaks things in the scenario $scenario, and finds every promise kept',
    async ({ scenario, besides }) => {
      const { code, lines } = await chaos([
        '--scenario',
        scenario,
        '--seed',
        '1',
        '--minutes',
        '0.15',
        '--json',
        ...besides,
      ]);
      const [plan, result] = [lines[0]!, lines.at(-1)!];
      expect(plan).toMatchObject({ type: 'plan', scenario, seed: '1' });
      expect(result).toMatchObject({ type: 'result', plan: plan['sha256'], violations: [] });
      expect(Number(result['accepted'])).toBeGreaterThan(20);
      expect(Number(result['kills'])).toBeGreaterThan(0);
      expect(code).toBe(0);
    },
    300_000,
  );
});
