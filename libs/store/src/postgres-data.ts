import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgresError, type PostgresBinaries, reachableDataDir } from './postgres-binaries';

const userName = 'allora';
export const databaseName = 'allora';
const passwordFile = 'allora.password';

/** Makes the cluster at the first call; returns the folder that holds it. */
export async function prepareDataDir(
  wanted: string,
  binaries: PostgresBinaries,
  log: (line: string) => void,
) {
  const parent = reachableDataDir(path.resolve(wanted), binaries.runAs);
  const dataDir = path.join(parent, 'data');
  const versionFile = path.join(dataDir, 'PG_VERSION');
  if (!existsSync(versionFile)) await initialise(dataDir, binaries, log);
  const [found, expected] = [readFileSync(versionFile, 'utf8').trim(), await majorVersion(binaries)];
  if (found === expected) return dataDir;
  throw new EmbeddedPostgresError(
    'DATA_VERSION',
    `${dataDir} was written by PostgreSQL ${found}, the package holds ${expected}: dump and restore it, or delete it`,
  );
}

export function databaseUrlOf(dataDir: string, port: number, database = databaseName): string {
  return `postgresql://${userName}:${readPassword(dataDir)}@127.0.0.1:${port}/${database}`;
}

function readPassword(dataDir: string): string {
  try {
    return readFileSync(path.join(dataDir, passwordFile), 'utf8').trim();
  } catch {
    throw new EmbeddedPostgresError(
      'NOT_OURS',
      `${dataDir} was not made by this program: it lacks ${passwordFile}`,
    );
  }
}

/** Into a draft folder, renamed when whole: a kill in the midst must not leave half a cluster. */
async function initialise(dataDir: string, { initdb, runAs }: PostgresBinaries, log: (line: string) => void) {
  const parent = path.dirname(dataDir);
  for (const name of readdirSync(parent)) {
    if (name.startsWith('draft-')) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
  const draft = path.join(parent, `draft-${process.pid}`);
  mkdirSync(draft, { mode: 0o700 });
  const secret = path.join(draft, passwordFile);
  const cluster = path.join(draft, 'data');
  writeFileSync(secret, randomBytes(18).toString('base64url'), { mode: 0o600 });
  if (runAs) for (const owned of [draft, secret]) chownSync(owned, runAs.uid, runAs.gid);
  log(`making a PostgreSQL cluster in ${dataDir}`);
  // C collation: ids must sort by their bytes, as they do in the core and on every machine.
  const { code, output } = await run(initdb, runAs, [
    ...['-D', cluster, `--username=${userName}`, `--pwfile=${secret}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--no-instructions'],
  ]);
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    const hint = output.includes('shared libraries') ? ' (was npm install run with --ignore-scripts?)' : '';
    throw new EmbeddedPostgresError('INITDB_FAILED', `initdb failed${hint}: ${output.trim().slice(-600)}`);
  }
  renameSync(secret, path.join(cluster, passwordFile));
  renameSync(cluster, dataDir);
  rmSync(draft, { recursive: true, force: true });
}

async function majorVersion({ postgres, runAs }: PostgresBinaries): Promise<string> {
  const { output } = await run(postgres, runAs, ['--version']);
  return /(\d+)/.exec(output)?.[1] ?? output.trim();
}

function run(program: string, runAs: PostgresBinaries['runAs'], args: string[]) {
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(program, args, {
      ...runAs,
      cwd: path.dirname(program),
      env: { ...process.env, LC_ALL: 'C' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject).once('close', (code) => resolve({ code, output }));
  });
}
