import { writeFile } from 'node:fs/promises';
import { type Disk, disk } from '@allora/runner/journal/atomic-file';
import { jsonLog } from '@allora/runner/log';
import { readRunnerConfig } from '@allora/runner/config/load-config';
import { openAccounts } from '@allora/runner/keys/accounts';
import { startRunner } from '@allora/runner/run/runner';

/*
 * A runner that dies of itself: before or after its nth step, of which each request, each answer, each write to disk and each
 * question to its model is one. Its model never says the same twice.
 */
const { RUNNER_CONFIG = '', RUNNER_DIR = '.', DIE_AT = '0' } = process.env;
const dieAt = Number(DIE_AT);
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === dieAt) process.kill(process.pid, 'SIGKILL');
}

const around = async <T>(work: () => Promise<T>): Promise<T> => {
  step();
  const result = await work();
  step();
  return result;
};

/** A write that may also end half-way. */
const dyingDisk: Disk = {
  read: disk.read,
  replace: (file, content) =>
    around(async () => {
      await writeFile(`${file}.next`, content.slice(0, content.length / 2));
      step();
      await disk.replace(file, content);
    }),
};

const loaded = readRunnerConfig(RUNNER_CONFIG, 'RUNNER_CONFIG', RUNNER_DIR);
// The module of its model counts its questions as steps too.
Object.assign(globalThis, { step });
await startRunner({
  ...loaded,
  accounts: await openAccounts(loaded),
  log: jsonLog((line) => process.stderr.write(line), 'error'),
  fetch: (...call) => around(() => fetch(...call)),
  disk: dyingDisk,
});
