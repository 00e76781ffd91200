import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCli } from '@allora/cli/cli';
import { exitCodes } from '@allora/cli/exit-codes';
import type { Topic } from '@allora/sdk/types';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestNetwork, type TestNetwork } from './runner-network';

let network: TestNetwork;
let home: string;
let topic: Topic;
let nonce: number;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allora-cli-'));
  writeFileSync(
    path.join(home, 'model.cjs'),
    `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
       const { id, nonce } = JSON.parse(line);
       console.log(JSON.stringify({ id, value: 100 + nonce / 8 }));
     });`,
  );
  writeFileSync(path.join(home, 'truth.mjs'), 'export const truth = ({ nonce }) => 101 + nonce / 8;');
  network = await startTestNetwork();
  topic = await network.createTopic('mse');
  nonce = topic.createdHeight + 1;
});
afterAll(async () => {
  await network?.close();
  rmSync(home, { recursive: true });
});

/** All that was ever written to stdout. */
let said = '';

async function cli(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    out: (text) => {
      out += text;
      said += text;
    },
    err: (text) => void (err += text),
    env: { PATH: process.env['PATH'], ALLORA_URL: network.url, ALLORA_PASSWORD: 'long enough' },
    cwd: home,
    home,
    terminal: { in: false, out: false, err: false },
    ask: { secret: () => Promise.reject(new Error('asked')), confirm: () => Promise.resolve(false) },
    readInput: () => Promise.resolve(''),
    untilStopped: () => new AbortController().signal,
  });
  return { code, out, err };
}

const at = () => ['--topic', String(topic.id), '--key', 'me'];
const model = ['--command', `"${process.execPath}" model.cjs`];
const statesOf = (out: string) => {
  const { checks } = JSON.parse(out) as { checks: { name: string; state: string }[] };
  return Object.fromEntries(checks.map(({ name, state }) => [name, state]));
};

it('a fresh key is told what it lacks', async () => {
  expect((await cli('keys', 'create', 'me')).code).toBe(exitCodes.done);
  const { code, out } = await cli('doctor', ...at(), ...model, '--json');
  expect(code).toBe(exitCodes.notReady);
  expect(statesOf(out)).toMatchObject({
    connection: 'ok',
    clock: 'ok',
    balance: 'failed',
    registration: 'failed',
    model: 'ok',
  });
  const refused = await cli('register', ...at());
  expect([refused.code, refused.err]).toEqual([
    exitCodes.refused,
    expect.stringContaining('INSUFFICIENT_BALANCE'),
  ]);
});

it('money and a registration make it ready', async () => {
  expect((await cli('faucet', '300000', '--key', 'me')).out).toMatch(/holds 300,000 ALLO/);
  expect((await cli('register', ...at())).code).toBe(exitCodes.done);
  const asShadow = await cli('register', ...at(), '--shadow');
  expect([asShadow.code, asShadow.out]).toEqual([exitCodes.done, expect.stringContaining('as a shadow of')]);
  const onTrial = await cli('doctor', ...at(), ...model);
  expect(onTrial.out).toMatch(/registration +shadow of topic \d+: scored, but neither weighted nor paid/);
  expect((await cli('register', ...at())).out).toContain('is registered from');
  expect((await cli('register', ...at(), '--shadow', '--role', 'reputer')).code).toBe(exitCodes.usage);
  expect((await cli('register', ...at(), '--role', 'reputer')).code).toBe(exitCodes.done);
  expect((await cli('stake', 'add', '250000', ...at())).out).toContain('has staked 250,000 ALLO');
  const { code, out } = await cli('doctor', ...at(), ...model);
  expect([code, out]).toEqual([exitCodes.done, expect.stringMatching(/model +answers 10\d/)]);
});

it('a program works for a topic, and each payment is explained', async () => {
  writeFileSync(
    path.join(home, 'runner.json'),
    JSON.stringify({
      network: { url: network.url },
      identities: { me: { keystore: '.allora/keys/me.json' } },
      status: false,
      limits: { pollMs: 300 },
      workers: [
        { topicId: topic.id, inference: { type: 'program', command: [process.execPath, 'model.cjs'] } },
      ],
      reputers: [{ topicId: topic.id, truth: { type: 'function', module: 'truth.mjs' } }],
    }),
  );
  const running = cli('worker', 'run', '--config', 'runner.json', '--windows', '2', '--json');
  const { client } = network;
  const answered = (role: string, at: number) =>
    expect.poll(() => newsOf(role), { timeout: 60_000, interval: 50 }).toContain(at);
  await client.advanceClock(nonce);
  for (const epoch of [nonce, nonce + 10]) {
    await answered('worker', epoch);
    await client.advanceClock(epoch + 10);
    await answered('reputer', epoch);
    await client.advanceClock(epoch + 13);
    await client.epoch(topic.id, epoch, { waitFor: 'rewards' });
  }
  expect((await running).code).toBe(exitCodes.done);

  const shown = await cli('epochs', 'show', '--topic', String(topic.id), '--nonce', String(nonce));
  expect(shown.out).toMatch(new RegExp(`inferer +${100 + nonce / 8}`));
  expect((await cli('epochs', 'list', '--topic', String(topic.id))).out).toContain('paid');
  const explained = await cli('rewards', 'explain', ...at(), '--nonce', String(nonce));
  expect(explained.out).toMatch(/paid allo1\w+ [\d.,]+ ALLO[^]*As reputer: [\d.,]+ ALLO\n +1\. /);
  const latest = await cli('rewards', 'explain', ...at(), '--json');
  expect(JSON.parse(latest.out)).toMatchObject({ topicId: topic.id, nonce: nonce + 10 });
});

/** Nonces of the windows that the running command has told to be answered. */
function newsOf(role: string): number[] {
  const lines = said.split('\n').filter((line) => line.startsWith('{"kind":"window"'));
  const news = lines.map((line) => JSON.parse(line) as { role: string; nonce: number });
  return news.filter((one) => one.role === role).map((one) => one.nonce);
}
