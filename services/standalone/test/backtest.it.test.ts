import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Account } from '@allora/identity/account';
import { askModel } from '@allora/backtest/answers/candidate-answers';
import { recordHistory } from '@allora/backtest/history/record-history';
import type { TopicHistory } from '@allora/backtest/history/recorded';
import { replay, type ReplayedEpoch } from '@allora/backtest/replay/replay';
import { runCli } from '@allora/cli/cli';
import { exitCodes } from '@allora/cli/exit-codes';
import { ownLosses } from '@allora/runner/losses/losses';
import { functionInference } from '@allora/runner/models/function-model';
import { silentLog } from '@allora/runner/log';
import { lossesOf } from '@allora/runner/run/reputer-work';
import type { AlloraClient } from '@allora/sdk/client';
import type { Epoch, Topic } from '@allora/sdk/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLO, startTestNetwork, type TestNetwork } from './runner-network';
import { topicParams } from '../demo/set-up';
import { seededAccount, seededNormal } from '../demo/seed';

/** Ten payments make a worker experienced: the last epochs are weighted by regrets. */
const EPOCHS = 14;
/** The first epoch in which the newcomer answers. */
const JOINS = 2;
const { epochLengthBlocks, workerWindowBlocks } = topicParams;

const account = (name: string): Account => seededAccount('backtest', name);
const inferers = ['ada', 'ben', 'cleo', 'dan'].map((name, n) => ({ account: account(name), skill: 1 + n }));
const forecaster = account('eve');
/** One of them reads another truth, so that they do not agree. */
const reputers = [
  { account: account('fay'), bias: 0, stakeUallo: 300_000n * ALLO },
  { account: account('gus'), bias: 3, stakeUallo: 100_000n * ALLO },
];
const newcomer = account('xena');

/** They all read too high, so that somebody who does not adds to them in every epoch. */
const SHARED_ERROR = 8;
const truthAt = (index: number): number => 1_000 + 40 * Math.sin(index / 3);
const answerOf = (name: string, index: number, error: number, shared = 0): string =>
  (truthAt(index) + shared + error * seededNormal('backtest', name, index)).toFixed(6);
const newcomerValue = (index: number): string => answerOf('xena', index, 0.8);

interface Played {
  readonly network: TestNetwork;
  readonly topic: Topic;
  readonly epochs: readonly Epoch[];
}

const played: Played[] = [];
let home: string;
let history: TopicHistory;
let replayed: readonly ReplayedEpoch[];

async function open(workers: readonly Account[]): Promise<{ network: TestNetwork; topic: Topic }> {
  const network = await startTestNetwork();
  await network.fund(workers);
  await Promise.all(reputers.map((one) => network.fund([one.account], one.stakeUallo)));
  const topic = await network.createTopic('mse');
  const { client } = network;
  for (const worker of workers) await client.register(worker, topic.id, 'worker');
  for (const { account: reputer, stakeUallo: amountUallo } of reputers) {
    await client.register(reputer, topic.id, 'reputer');
    await client.depositStake(reputer, { topicId: topic.id, amountUallo, requestId: 'stake' });
  }
  return { network, topic };
}

async function work(client: AlloraClient, topic: Topic, index: number, joins: boolean): Promise<void> {
  const nonce = topic.createdHeight + 1 + index * epochLengthBlocks;
  const about = { topicId: topic.id, nonce };
  const elements = inferers.map(({ account: { address }, skill }) => ({
    inferer: address,
    value: (Math.log10(skill) + 0.1 * seededNormal('backtest', 'eve', address, index)).toFixed(6),
  }));
  await Promise.all([
    ...inferers.map((one) =>
      client.submitInference(one.account, {
        ...about,
        value: answerOf(one.account.address, index, 2 * one.skill, SHARED_ERROR),
      }),
    ),
    client.submitForecast(forecaster, { ...about, elements }),
    ...(joins ? [client.submitInference(newcomer, { ...about, value: newcomerValue(index) })] : []),
  ]);
}

async function judge(client: AlloraClient, topic: Topic, nonce: number): Promise<void> {
  const index = (nonce - topic.createdHeight - 1) / epochLengthBlocks;
  const { inference } = await client.epoch(topic.id, nonce, { waitFor: 'inference' });
  for (const { account: reputer, bias } of reputers) {
    const truth = String(truthAt(index) + bias);
    const signal = AbortSignal.timeout(60_000);
    await client.submitLosses(reputer, await lossesOf(inference!, truth, ownLosses(topic), signal));
  }
}

/** An epoch's workers answer while the reputers of the one before it report. */
async function play(joins: boolean): Promise<Played> {
  const workers = [...inferers.map((one) => one.account), forecaster, ...(joins ? [newcomer] : [])];
  const { network, topic } = await open(workers);
  const { client } = network;
  const epochs: Epoch[] = [];
  for (let index = 0; index <= EPOCHS; index += 1) {
    const nonce = topic.createdHeight + 1 + index * epochLengthBlocks;
    await client.advanceClock(nonce);
    if (index < EPOCHS) await work(client, topic, index, joins && index >= JOINS);
    if (index > 0) await judge(client, topic, nonce - epochLengthBlocks);
    // The reputers' window is the shorter one.
    await client.advanceClock(nonce + workerWindowBlocks);
    if (index > 0)
      epochs.push(await client.epoch(topic.id, nonce - epochLengthBlocks, { waitFor: 'rewards' }));
  }
  return { network, topic, epochs };
}

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allora-backtest-'));
  for (const joins of [false, true]) played.push(await play(joins));
  const [{ network, topic }] = played as [Played];
  const from = topic.createdHeight + 1 + JOINS * epochLengthBlocks;
  history = await recordHistory(network.client, topic.id, { from });
  const context = { client: network.client, log: silentLog, baseDir: '.', env: {} };
  const model = functionInference(
    ({ nonce }) => newcomerValue((nonce - topic.createdHeight - 1) / epochLengthBlocks),
    context,
  );
  const { answers } = await askModel(history, model, { worker: newcomer.address, from });
  replayed = replay(history, { worker: newcomer.address, answers });
});

afterAll(async () => {
  for (const { network } of played) await network.close();
  rmSync(home, { recursive: true });
});

async function cli(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    env: { PATH: process.env['PATH'], ALLORA_URL: played[0]!.network.url },
    ...{ cwd: home, home, terminal: { in: false, out: false, err: false } },
    ask: { secret: () => Promise.reject(new Error('asked')), confirm: () => Promise.resolve(false) },
    readInput: () => Promise.resolve(''),
    untilStopped: () => new AbortController().signal,
  });
  return { code, out, err };
}

/** Models of the command line that know the truth but for an error: a part of it and a constant, with changing signs. */
function modelFiles(name: string, [part, constant]: readonly [number, number]): string[] {
  const { createdHeight } = played[0]!.topic;
  const answer = `
    const index = (nonce - ${createdHeight + 1}) / ${epochLengthBlocks};
    const truth = 1000 + 40 * Math.sin(index / 3);
    const value = truth + (index % 2 ? -1 : 1) * (${part} * truth + ${constant});`;
  writeFileSync(
    path.join(home, `${name}.mjs`),
    `export const infer = ({ nonce }) => { ${answer} return value; };`,
  );
  writeFileSync(
    path.join(home, `${name}.cjs`),
    `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
       const { id, nonce } = JSON.parse(line); ${answer}
       console.log(JSON.stringify({ id, value }));
     });`,
  );
  return [`${name}.mjs`, `${name}.cjs`];
}

describe('a backtest of a worker', () => {
  it('says of every epoch what the network says when the worker really joins', () => {
    const live = played[1]!.epochs.slice(JOINS);
    expect(replayed).toHaveLength(EPOCHS - JOINS);
    const modes = new Set<string>();
    live.forEach(({ inference, losses, scores, rewards }, n) => {
      const one = replayed[n]!;
      const own = inference!.inferers.find(({ inferer }) => inferer === newcomer.address)!;
      const lossOf = (list: readonly { worker: string; loss: number }[]) =>
        list.find(({ worker }) => worker === newcomer.address)?.loss ?? null;
      const score = scores!.inferers.find(({ participant }) => participant === newcomer.address)!;
      const numbers: [string, number | null | undefined, number | null | undefined][] = [
        ['combined', one.combined.with, inference!.combined],
        ['naive', one.naive, inference!.naive],
        ['weight', one.weight, own.weight],
        ['regret', one.regret, own.regret],
        ['loss of the network', one.loss.with, losses!.losses!.combined],
        ['own loss', one.ownLoss, lossOf(losses!.losses!.inferers)],
        ['one-out loss', one.oneOutLoss, lossOf(losses!.losses!.oneOutInferers)],
        ['score', one.score, score.score],
        ['EMA score', one.emaScore, score.emaScore],
      ];
      for (const [what, found, told] of numbers) {
        const where = `${what} of epoch ${n}: ${found} and ${told}`;
        expect(found === null, where).toBe((told ?? null) === null);
        if (found != null && told != null) expect(Math.abs(found - told), where).toBeLessThan(1e-9);
      }
      for (const other of one.others) {
        const weight = inference!.inferers.find(({ inferer }) => inferer === other.inferer)!.weight;
        expect(Math.abs((other.weight ?? 0) - (weight ?? 0))).toBeLessThan(1e-9);
      }
      const paid =
        rewards!.payments.find(({ participant }) => participant === newcomer.address)?.amountUallo ?? '0';
      // Emission is a rate of what is staked, which what was paid has moved a little.
      expect(Math.abs(Number(one.rewardUallo) - Number(paid))).toBeLessThanOrEqual(1e-6 * Number(paid));
      modes.add(one.mode);
    });
    expect([...modes].sort()).toEqual(['all_new', 'weighted']);
  });

  it('stands on truths that the reputers never told, each its own', () => {
    history.epochs.slice(JOINS).forEach(({ truths }, n) => {
      for (const { account: reputer, bias } of reputers)
        expect(truths.get(reputer.address)!.truth).toBeCloseTo(truthAt(n + JOINS) + bias, 9);
    });
  });

  it('finds the record of the first network in itself, and no newcomer in it', () => {
    const told = played[0]!.epochs.map(({ inference }) => inference!.combined);
    expect(history.epochs.map((epoch) => epoch.told!.combined)).toEqual(told);
    expect(replay(history, { worker: newcomer.address, answers: new Map() })).toEqual([]);
    expect(replayed.some((one, n) => one.combined.with !== told[n + JOINS])).toBe(true);
  });
});

describe('the command line', () => {
  const at = () => ['--topic', String(played[0]!.topic.id), '--from', String(history.epochs[JOINS]!.nonce)];

  it('says of the deliberately bad worker that it adds nothing, and does not pass it', async () => {
    const [module, program] = modelFiles('bad', [0.3, 0]);
    const { code, out, err } = await cli(
      'backtest',
      ...at(),
      '--command',
      `"${process.execPath}" ${program}`,
    );
    expect([code, out]).toEqual([exitCodes.done, expect.stringMatching(/^adds nothing: -[\d.]+ ± /)]);
    expect(out).toMatch(/place 5 of 5/);
    expect(err).toMatch(/epochs: \d+ of 14 …\n[^]*answers: \d+ of 12 …\n/);
    const graded = await cli('grade', ...at(), '--module', module!);
    expect(graded.code).toBe(exitCodes.notPassed);
    expect(graded.out).toMatch(/^not passed; adds nothing[^]*✗ contribution [^]*✗ loss [^]*✓ answers /);
    expect(graded.err).toContain('NOT_PASSED: not passed: contribution, loss');
  });

  it('says of the best one that it adds something, and passes it', async () => {
    const [module, program] = modelFiles('best', [0, 0.4]);
    const kept = ['--record', 'history.jsonl', '--plot', 'plot.html'];
    const told = await cli('backtest', ...at(), '--module', module!, ...kept, '--json');
    expect([told.code, told.err]).toEqual([exitCodes.done, '']);
    const report = JSON.parse(told.out) as Record<string, unknown> & { contribution: { low: number } };
    expect(report).toMatchObject({ verdict: 'adds', rank: 1, asked: 12, answered: 12, warnings: [] });
    expect(report['text']).toMatch(/^adds \d/);
    expect(report.contribution.low).toBeGreaterThan(0);
    expect(readFileSync(path.join(home, 'plot.html'), 'utf8')).toContain(String(report['text']));
    const command = ['--command', `"${process.execPath}" ${program}`];
    const graded = await cli('grade', ...at(), ...command, '--json');
    expect([graded.code, JSON.parse(graded.out)]).toMatchObject([
      exitCodes.done,
      { passed: true, verdict: 'adds' },
    ]);
    const strict = await cli('grade', ...at(), '--module', module!, '--contribution-above', '9');
    expect([strict.code, strict.err]).toEqual([
      exitCodes.notPassed,
      expect.stringMatching(/: contribution\n/),
    ]);
    // The record says the same without the network.
    const offline = ['--url', 'http://127.0.0.1:1', '--from-record', 'history.jsonl', ...at()];
    const again = await cli('backtest', ...offline, '--module', module!, '--json');
    expect(JSON.parse(again.out)).toEqual({ ...report, files: { plot: null, record: null } });
    const earlier = await cli('backtest', ...offline.slice(0, -2), '--module', module!);
    expect([earlier.code, earlier.err]).toEqual([
      exitCodes.failed,
      expect.stringContaining('HISTORY: what '),
    ]);
  });

  it('reports the one-out contribution that the network tells when the worker really joins', async () => {
    const { createdHeight } = played[0]!.topic;
    const values = history.epochs.map(({ nonce }) => [
      nonce,
      newcomerValue((nonce - createdHeight - 1) / epochLengthBlocks),
    ]);
    const text = `const values = new Map(${JSON.stringify(values)}); export const infer = ({ nonce }) => values.get(nonce);`;
    writeFileSync(path.join(home, 'xena.mjs'), text);
    const { out } = await cli(
      'backtest',
      ...at(),
      '--module',
      'xena.mjs',
      '--address',
      newcomer.address,
      '--json',
    );
    const { epochs } = JSON.parse(out) as { epochs: { score: number }[] };
    const live = played[1]!.epochs
      .slice(JOINS)
      .map(({ scores }) => scores!.inferers.find((one) => one.participant === newcomer.address)!.score!);
    expect(epochs).toHaveLength(live.length);
    epochs.forEach(({ score }, n) => expect(Math.abs(score - live[n]!)).toBeLessThan(1e-9));
  });

  it('tells a model that would see what was to come, and one that is there already', async () => {
    modelFiles('seer', [0, 0]);
    const seer = await cli('grade', ...at(), '--module', 'seer.mjs');
    expect([seer.code, seer.out]).toEqual([exitCodes.notPassed, expect.stringContaining('✗ look-ahead')]);
    const rows = ['--onnx', 'm.onnx', '--data', 'rows.csv', '--feature', 'lag:close:0'];
    const undated = await cli('backtest', ...at(), ...rows);
    expect([undated.code, undated.err]).toEqual([
      exitCodes.failed,
      expect.stringContaining('--time-column or --height-column'),
    ]);
    const { address } = inferers[0]!.account;
    const there = await cli('backtest', ...at(), '--module', 'seer.mjs', '--address', address);
    expect([there.code, there.err]).toEqual([exitCodes.usage, expect.stringContaining('already')]);
  });

  it('counts the epochs that the network lists', async () => {
    const { network, topic } = played[0]!;
    const nonces: number[] = [];
    for await (const { nonce, status } of network.client.allEpochs(topic.id, { limit: 4 }))
      if (status === 'rewards') nonces.push(nonce);
    expect(nonces.reverse()).toEqual(history.epochs.map(({ nonce }) => nonce));
  });
});
