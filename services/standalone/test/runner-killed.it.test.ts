import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accountFromKey } from '@allora/identity/account';
import type { Topic } from '@allora/sdk/types';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../chaos/random';
import { ALLO, type Door, openDoor, startTestNetwork, type TestNetwork } from './runner-network';

const SEEDS = 20;
/** Steps of a runner from its start to some time after its first windows. */
const STEPS_MAX = 60;
const key = '07'.repeat(32);
const { address } = accountFromKey(Buffer.from(key, 'hex'));

let network: TestNetwork;
let door: Door;
let topic: Topic;
let folder: string;
let program: string;
let child: Runner | undefined;

interface Runner {
  readonly process: ChildProcess;
  readonly gone: Promise<void>;
  readonly isGone: () => boolean;
}

const root = path.resolve(import.meta.dirname, '../../..');

/** One file, so that a start takes little time. */
async function bundled(): Promise<string> {
  const build = await rolldown({
    input: path.join(import.meta.dirname, 'runner-child.ts'),
    platform: 'node',
    tsconfig: path.join(root, 'tsconfig.base.json'),
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id) && !/^(@allora|@oxc-project)\//.test(id),
  });
  // Beside the packages that it imports.
  const file = path.join(root, 'node_modules/.cache', `runner-child-${process.pid}.mjs`);
  await build.write({ file, format: 'esm' });
  await build.close();
  return file;
}

function start(dieAt: number): Runner {
  const config = {
    network: { url: door.url },
    status: false,
    identities: { main: { keyEnv: 'RUNNER_KEY' } },
    limits: { pollMs: 1_000, retryDelayMs: 20, requestTimeoutMs: 10_000 },
    workers: [
      {
        topicId: topic.id,
        inference: { type: 'function', module: './model.mjs' },
        forecast: { type: 'function', module: './model.mjs' },
      },
    ],
    reputers: [
      { topicId: topic.id, minStakeUallo: '1000000', truth: { type: 'function', module: './model.mjs' } },
    ],
  };
  const env = {
    ...process.env,
    RUNNER_CONFIG: JSON.stringify(config),
    RUNNER_DIR: folder,
    RUNNER_KEY: key,
    DIE_AT: String(dieAt),
  };
  const started = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  let isGone = false;
  const gone = new Promise<void>((resolve) => started.once('close', () => resolve())).then(
    () => void (isGone = true),
  );
  return { process: started, gone, isGone: () => isGone };
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allora-runner-'));
  const model = [
    `const fresh = () => { globalThis.step(); const value = 100 + Math.random(); globalThis.step(); return value; };`,
    `export const infer = fresh;`,
    `export const truth = fresh;`,
    `export const forecast = () => ({ '${address}': fresh() });`,
  ].join('\n');
  writeFileSync(path.join(folder, 'model.mjs'), model);
  [network, program] = await Promise.all([startTestNetwork(), bundled()]);
  door = await openDoor(network.url);
  topic = await network.createTopic('mse?floor=1e-6');
  await network.fund([accountFromKey(Buffer.from(key, 'hex'))], ALLO);
});

afterAll(async () => {
  child?.process.kill('SIGKILL');
  await child?.gone;
  await door?.close();
  await network?.close();
  rmSync(folder, { recursive: true });
  rmSync(program, { force: true });
});

/** Everything sent at a nonce, by kind: a set, as the same may be sent again. */
function said(): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const { path: place, body } of door.submissions) {
    const slot = `${place.split('?')[0]!.replace(/\/bulk$/, '')} ${String(body['nonce'])}`;
    all.set(slot, (all.get(slot) ?? new Set()).add(JSON.stringify(body)));
  }
  return all;
}

describe('a runner that is killed', () => {
  it(`at any of its steps, ${SEEDS} times, misses at most that window and says nothing in two ways`, async () => {
    const random = new SeededRandom('runner');
    const { epochLengthBlocks: epochBlocks, workerWindowBlocks } = topic.params!;
    const excused = new Set<number>();
    const nonces: number[] = [];
    let seed = 0;
    const next = (): Runner => start(seed < SEEDS ? random.whole(1, STEPS_MAX) : 0);
    child = next();
    for (let nonce = topic.createdHeight + 1, quiet = 0; quiet < 3; nonce += epochBlocks) {
      nonces.push(nonce);
      await network.client.advanceClock(nonce);
      while (!(await served(nonce, nonce - epochBlocks, child))) {
        seed += 1;
        // Back at once, into the same window; or only after it has closed.
        if (random.chance(0.3)) {
          excused.add(nonce).add(nonce - epochBlocks);
          break;
        }
        child = next();
      }
      await network.client.advanceClock(nonce + workerWindowBlocks);
      if (child.isGone()) child = next();
      if (seed >= SEEDS) quiet += 1;
    }
    expect(seed).toBe(SEEDS);
    for (const nonce of nonces.slice(0, -1)) {
      if (!excused.has(nonce)) expect(answered(nonce)).toEqual(['inferences', 'forecasts', 'losses']);
    }
    expect(excused.size).toBeLessThan(nonces.length);
    for (const [slot, versions] of said()) expect([slot, versions.size]).toEqual([slot, 1]);
  }, 300_000);
});

/** What has a receipt at a nonce. */
const answered = (nonce: number): string[] =>
  ['inferences', 'forecasts', 'losses'].filter((kind) => door.receipts.has(`${kind} ${nonce}`));

/** Whether all that is due has its receipt; false when the runner died before. */
async function served(nonce: number, scored: number, runner: Runner): Promise<boolean> {
  const due = answered(scored).includes('inferences');
  for (const endMs = Date.now() + 60_000; Date.now() < endMs;) {
    const gone = runner.isGone();
    if (answered(nonce).length === 2 && (!due || answered(scored).length === 3)) return true;
    if (gone) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the runner lives and does not serve the windows at ${nonce}`);
}
