import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { reasonOf, StackError } from './errors';

export const parts = ['postgres', 'kafka', 'redis'] as const;
export type Part = (typeof parts)[number];

const Server = z.object({
  way: z.enum(['docker', 'local']),
  address: z.string(),
  port: z.number().int(),
  version: z.string(),
  /** Of local programs only; a container's are Docker's business. */
  pid: z.number().int().optional(),
  dataDir: z.string().optional(),
  logFile: z.string().optional(),
});
export type Server = z.infer<typeof Server>;

const State = z.partialRecord(z.enum(parts), Server);
export type State = z.infer<typeof State>;

const fileOf = (dir: string) => path.join(dir, 'state.json');

export function readState(dir: string): State {
  let text: string;
  try {
    text = readFileSync(fileOf(dir), 'utf8');
  } catch {
    return {};
  }
  try {
    return State.parse(JSON.parse(text));
  } catch (error) {
    throw new StackError(
      'STATE_UNREADABLE',
      `${fileOf(dir)} is not what this version writes, delete it: ${reasonOf(error)}`,
    );
  }
}

/** Synchronous, so that the three parts starting side by side in one process cannot overwrite each other. */
export function recordServer(dir: string, part: Part, server: Server | undefined): void {
  mkdirSync(dir, { recursive: true });
  const draft = `${fileOf(dir)}.${process.pid}`;
  // It holds the database's password.
  writeFileSync(draft, `${JSON.stringify({ ...readState(dir), [part]: server }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(draft, fileOf(dir));
}
