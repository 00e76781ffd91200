import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Release } from './fleet';
import { root } from './stage';

const run = promisify(execFile);
const cache = path.join(root, '.stack/releases');

export const previousCommit = (
  JSON.parse(readFileSync(path.join(root, 'deploy/release/previous.json'), 'utf8')) as { commit: string }
).commit;

/** The release that operators upgrade from, built of its own sources; undefined where this clone has not got them. */
export async function previousRelease(): Promise<Release | undefined> {
  const dir = path.join(cache, previousCommit);
  if (!existsSync(dir)) {
    if (!(await hasCommit())) return undefined;
    await build(dir);
  }
  return { name: `release ${previousCommit.slice(0, 7)}`, dir };
}

/** A shallow clone is asked for the one commit more. */
async function hasCommit(): Promise<boolean> {
  const has = () => git('cat-file', '-e', `${previousCommit}^{commit}`);
  return has()
    .catch(() => git('fetch', '--quiet', '--depth=1', 'origin', previousCommit).then(has))
    .then(
      () => true,
      () => false,
    );
}

const git = (...args: string[]) => run('git', ['-C', root, ...args], { timeout: 60_000 });

/** Packages are those of this version: what a release changes of them has to be looked at by itself. */
async function build(dir: string): Promise<void> {
  const draft = `${dir}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const archive = `${draft}.tar`;
    await git('archive', '--output', archive, previousCommit);
    await run('tar', ['-xf', archive, '-C', draft]);
    rmSync(archive);
    symlinkSync(path.join(root, 'node_modules'), path.join(draft, 'node_modules'));
    await run(process.execPath, ['deploy/generate.mjs', 'contracts', 'prisma'], { cwd: draft });
    await run(path.join(root, 'node_modules/.bin/rolldown'), ['-c'], { cwd: draft });
    renameSync(draft, dir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
