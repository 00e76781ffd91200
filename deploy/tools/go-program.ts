import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findProgram, requireProgram, retried, run } from '../stack/programs';
import { reasonOf, StackError } from '../stack/errors';

/** Beside the jars of the local Kafka: programs are no data, and `stack down --purge` keeps them. */
const cache = path.resolve(import.meta.dirname, '..', '..', '.stack', 'cache');

export interface GoProgram {
  readonly name: string;
  /** What `go install` builds, without its version. */
  readonly source: string;
  readonly version: string;
  /** Whether a program of that name in the PATH will do, by what it prints when asked with `versionArgs`. */
  readonly versionArgs: readonly string[];
  readonly accepts: RegExp;
}

/** Without the compiler's optimisations, which take a third of the time and save none that is noticed. */
const build = ['install', '-gcflags=all=-N -l', '-ldflags=-w'];

/** The pinned version, built once a checkout from its source by the Go that is there, unless the PATH has one that will do. */
export async function requireGoProgram(
  { name, source, version, versionArgs, accepts }: GoProgram,
  log: (line: string) => void,
): Promise<string> {
  const found = findProgram(name);
  if (found && accepts.test(await run(found, [...versionArgs]).catch(() => ''))) return found;
  const folder = path.join(cache, `${name}-${version}`);
  const program = path.join(folder, name);
  if (existsSync(program)) return program;
  const go =
    findProgram('go') ?? (await requireProgram('go', 'golang-go', `a PATH with ${name} ${version}`, log));
  log(`building ${name} ${version} (about a minute)`);
  const draft = `${folder}.${process.pid}`;
  try {
    const env = { GOBIN: draft, GOFLAGS: '-trimpath', CGO_ENABLED: '0' };
    await retried(() => run(go, [...build, `${source}@${version}`], { env }), log);
    mkdirSync(path.dirname(folder), { recursive: true });
    place(draft, folder);
  } catch (error) {
    const remedy = `put ${name} ${version} into the PATH, or install a Go that builds ${source}`;
    throw new StackError('PROGRAM_MISSING', `${name} could not be built (${reasonOf(error)}): ${remedy}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return program;
}

/** In one step, so that no half of a program is ever found; another run may have been first. */
function place(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
