import { spawn } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const engine = path.join(import.meta.dirname, 'schema-engine.mjs');

export interface PrismaRun {
  args: readonly string[];
  /** Where prisma.config.ts is. */
  cwd: string;
  /** May be missing for commands that need no database. */
  databaseUrl?: string;
  /** Collects the output instead of passing it through. */
  capture?: boolean;
}

/** Runs Prisma's CLI on our schema engine; a Prisma command that asks a question fails instead when output is captured. */
export function runPrisma(run: PrismaRun): Promise<{ exitCode: number; output: string }> {
  makeExecutable(engine);
  const cli = createRequire(import.meta.url).resolve('prisma/build/index.js');
  const child = spawn(process.execPath, [cli, ...run.args], {
    cwd: run.cwd,
    stdio: run.capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: {
      ...process.env,
      ...(run.databaseUrl === undefined ? {} : { DATABASE_URL: run.databaseUrl }),
      PRISMA_SCHEMA_ENGINE_BINARY: engine,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1', // Prisma's call home: neither wanted nor possible behind a firewall
    },
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject).once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}

/** An archive or a checkout on some file systems loses the bit, and Prisma's own message for that is "spawn EACCES". */
function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o111) === 0) chmodSync(file, mode | 0o755);
}
