import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAccount, type Account } from '@allora/identity/account';
import type { Topic } from '@allora/sdk/types';
import { runnerConfig, type RunnerConfigInput } from '@allora/runner/config/runner-config';
import { silentLog } from '@allora/runner/log';
import { type Runner, startRunner } from '@allora/runner/run/runner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLO, type Door, openDoor, startTestNetwork, type TestNetwork, until } from './runner-network';

let network: TestNetwork;
let door: Door;
let folder: string;
let plain: Topic;
let hidden: Topic;
let runner: Runner | undefined;
let nonce: number;
const [alice, bob] = [createAccount(), createAccount()];
const accounts = new Map<string, Account>([
  ['alice', alice],
  ['bob', bob],
]);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allora-runner-'));
  const program = [
    `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {`,
    `  const { id, nonce } = JSON.parse(line);`,
    `  console.log(JSON.stringify({ id, value: 100 + nonce / 8 }));`,
    `});`,
  ];
  writeFileSync(path.join(folder, 'model.cjs'), program.join('\n'));
  writeFileSync(
    path.join(folder, 'model.mjs'),
    `export const infer = ({ nonce }) => 99 + nonce / 8;
     export const forecast = () => ({ '${alice.address}': -1, '${bob.address}': '-0.50' });`,
  );
  writeFileSync(
    path.join(folder, 'truth.csv'),
    ['height,close', ...Array.from({ length: 40 }, (_, i) => `${10 * i},${100 + i}`)].join('\n'),
  );
  network = await startTestNetwork();
  door = await openDoor(network.url);
  plain = await network.createTopic('mse');
  hidden = await network.createTopic('mae?floor=0.01', { revealWindowBlocks: 3 });
  nonce = hidden.createdHeight + 1;
});

afterAll(async () => {
  await runner?.close();
  await door?.close();
  await network?.close();
  rmSync(folder, { recursive: true });
});

function config(change: RunnerConfigInput = {}) {
  const inference = { type: 'program' as const, command: [process.execPath, 'model.cjs'] };
  const own = { type: 'function' as const, module: 'model.mjs' };
  return runnerConfig.parse({
    network: { url: door.url },
    stateDir: 'state',
    status: { port: 0 },
    identities: { alice: { keyEnv: 'A' }, bob: { keyEnv: 'B' } },
    limits: { pollMs: 300, retryDelayMs: 50, requestTimeoutMs: 3_000 },
    workers: [
      ...[plain, hidden].map(({ id }) => ({ topicId: id, identity: 'alice', inference })),
      ...[plain, hidden].map(({ id }) => ({ topicId: id, identity: 'bob', inference: own, forecast: own })),
    ],
    reputers: [
      {
        topicId: plain.id,
        identity: 'bob',
        minStakeUallo: '250000',
        truth: { type: 'csv', file: 'truth.csv', heightColumn: 'height', column: 'close' },
      },
    ],
    ...change,
  });
}
const start = (change?: RunnerConfigInput) =>
  startRunner({ config: config(change), accounts, baseDir: folder, log: silentLog });

const states = () => runner!.status().participants.map(({ state }) => state);
/** How far everyone's answers at a nonce are, in the order of the configuration. */
const parts = (at: number) =>
  runner!.status().participants.map(({ windows }) => {
    const window = windows.find((one) => one.nonce === at);
    return Object.entries(window?.parts ?? {})
      .map(([kind, { state }]) => `${kind} ${state}`)
      .sort();
  });
const both = (state: string) => [`forecast ${state}`, `inference ${state}`];
const advance = (height: number) => network.client.advanceClock(height);

describe('a runner of two keys in two topics', () => {
  it('says what stands in its way, and begins by itself when that is gone', async () => {
    runner = await start();
    await expect.poll(states, { timeout: 60_000 }).toEqual(Array(5).fill('blocked'));
    const { trouble } = runner.status().participants[0]!;
    expect(trouble).toMatch(/INSUFFICIENT_BALANCE: allo1\w+ holds 0 uallo: .*Fund the address/);
    const health = await fetch(`${runner.statusUrl}/health`);
    expect([health.status, ((await health.json()) as { troubles: string[] }).troubles[0]]).toEqual([
      503,
      trouble,
    ]);
    await network.fund([alice, bob], ALLO);
    await until(states, Array(5).fill('running'));
    expect((await network.client.account(bob.address)).stakes).toMatchObject([{ ownUallo: 250_000n }]);
  });

  it('is alone with its keys', async () => {
    await expect(start()).rejects.toThrow(/another runner .* works with this identity/);
  });

  it('answers in all windows, by commitment where it is asked for', async () => {
    await advance(nonce);
    await until(
      () => parts(nonce),
      [['inference accepted'], ['inference committed'], both('accepted'), both('committed'), []],
    );
    await advance(nonce + 4);
    await until(() => [parts(nonce)[1], parts(nonce)[3]], [['inference accepted'], both('accepted')]);
    await advance(nonce + 7);
    const { inference } = await network.client.epoch(hidden.id, nonce, { waitFor: 'inference' });
    expect(inference!.inferers.map(({ inferer, value }) => [inferer, value])).toEqual(
      [
        [alice.address, String(100 + nonce / 8)],
        [bob.address, String(99 + nonce / 8)],
      ].sort(([a], [b]) => (a! < b! ? -1 : 1)),
    );
  });

  it('scores what was said, and shows what came of it', async () => {
    await advance(nonce + 10);
    await until(() => parts(nonce)[4], ['losses accepted']);
    await advance(nonce + 13);
    await network.client.epoch(plain.id, nonce, { waitFor: 'rewards' });
    await advance(nonce + 20);
    const result = (i: number) =>
      runner!.status().participants[i]!.windows.find((one) => one.nonce === nonce)?.result;
    // Without an epoch before it nobody can be weighted or scored but the reputers.
    await expect.poll(() => result(0), { timeout: 60_000 }).toMatchObject({ active: true, final: true });
    await expect
      .poll(() => result(4), { timeout: 60_000 })
      .toMatchObject({ active: true, score: 100, weight: 1 });
  });

  it('tells it on a page and as metrics', async () => {
    const page = await (await fetch(`${runner!.statusUrl}/`)).text();
    expect(page).toContain(`worker of topic ${plain.id}: running`);
    expect(page).toContain(`<td>${nonce}</td><td>closed</td><td>inference accepted: ${100 + nonce / 8}</td>`);
    const metrics = await (await fetch(`${runner!.statusUrl}/metrics`)).text();
    const labels = `{address="${alice.address}",topic="${plain.id}"}`;
    expect(metrics).toMatch(new RegExp(`allora_worker_chain_submission_count${labels} [1-9]`));
    expect((await fetch(`${runner!.statusUrl}/nowhere`)).status).toBe(404);
  });

  it('goes on by itself after the network was away for two windows', async () => {
    nonce += 30;
    await advance(nonce - 1);
    await runner!.idle();
    door.shut = true;
    for (const away of [nonce, nonce + 10]) for (const height of [away, away + 7]) await advance(height);
    // Long enough to be noticed.
    await expect
      .poll(() => runner!.status().participants[0]!.trouble, { timeout: 60_000 })
      .toMatch(/no answer from|UNREACHABLE/);
    door.shut = false;
    nonce += 20;
    await advance(nonce);
    await until(() => parts(nonce).slice(0, 1), [['inference accepted']]);
    expect(parts(nonce - 10)[0]).toEqual(['inference missed']);
    expect(
      runner!.status().participants[0]!.windows.find((one) => one.nonce === nonce - 10)?.parts.inference
        ?.error,
    ).toMatch(/no answer/);
  });

  it('remembers what it said, and says it to nobody again', async () => {
    await until(() => parts(nonce)[2], both('accepted'));
    await runner!.idle();
    await runner!.close();
    const before = door.submissions.length;
    runner = await start();
    await until(() => parts(nonce)[0], ['inference accepted']);
    await until(() => parts(nonce)[2], both('accepted'));
    await runner.idle();
    expect(
      door.submissions.slice(before).filter(({ body }) => body['nonce'] === nonce && 'value' in body),
    ).toEqual([]);
    const journal = readFileSync(path.join(folder, 'state', `${alice.address}.json`), 'utf8');
    expect(journal).toContain(`"nonce":${nonce}`);
    await runner.close();
  });

  it('builds and shows in a dry run, and sends nothing', async () => {
    const before = door.submissions.length;
    runner = await start({ dryRun: true, stateDir: 'dry' });
    nonce += 10;
    await until(states, Array(5).fill('running'));
    await advance(nonce);
    await until(() => [parts(nonce)[0], parts(nonce)[2]], [['inference dry_run'], both('dry_run')]);
    const window = runner.status().participants[0]!.windows.find((one) => one.nonce === nonce);
    expect(window!.parts.inference!.value).toContain(`"value":"${100 + nonce / 8}"`);
    expect(door.submissions).toHaveLength(before);
  });
});
