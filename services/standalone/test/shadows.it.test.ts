import type { Account } from '@allora/identity/account';
import { lossOfTruth } from '@allora/protocol/explain/recovered-truth';
import { ownLosses } from '@allora/runner/losses/losses';
import { lossesOf } from '@allora/runner/run/reputer-work';
import { resultOf } from '@allora/runner/status/results';
import type { Epoch, Topic } from '@allora/sdk/types';
import { createWorkerClient } from '@allora/sdk/worker-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededAccount, seededNormal } from '../demo/seed';
import { topicParams } from '../demo/set-up';
import { ALLO, startTestNetwork, type TestNetwork } from './runner-network';

/** Ten payments make a worker experienced: the last epochs are weighted by regrets. */
const EPOCHS = 13;
const { epochLengthBlocks, workerWindowBlocks } = topicParams;

const account = (name: string): Account => seededAccount('shadows', name);
const inferers = ['ada', 'ben', 'cleo', 'dan'].map((name, n) => ({ account: account(name), skill: 1 + n }));
const forecaster = account('eve');
/** Infers and forecasts, better than the others. */
const shadow = account('xena');
/** They read other truths. */
const reputers = [
  { account: account('fay'), bias: 0, stakeUallo: 300_000n * ALLO },
  { account: account('gus'), bias: 3, stakeUallo: 100_000n * ALLO },
];
const REGISTRATION_FEE_UALLO = 200n;

/** They all read too high, so that somebody who does not adds to them. */
const SHARED_ERROR = 8;
const truthAt = (index: number): number => 1_000 + 40 * Math.sin(index / 3);
const answerOf = (name: string, index: number, error: number, shared = 0): string =>
  (truthAt(index) + shared + error * seededNormal('shadows', name, index)).toFixed(6);

interface Stage {
  readonly network: TestNetwork;
  readonly topic: Topic;
  readonly epochs: Epoch[];
}

const nonceOf = ({ topic }: Stage, index: number) => topic.createdHeight + 1 + index * epochLengthBlocks;

async function open(withShadow: boolean): Promise<Stage> {
  const network = await startTestNetwork();
  const workers = [...inferers.map((one) => one.account), forecaster];
  await network.fund([...workers, shadow]);
  await Promise.all(reputers.map((one) => network.fund([one.account], one.stakeUallo)));
  const topic = await network.createTopic('mse');
  const { client } = network;
  for (const worker of workers) await client.register(worker, topic.id, 'worker');
  for (const { account: reputer, stakeUallo: amountUallo } of reputers) {
    await client.register(reputer, topic.id, 'reputer');
    await client.depositStake(reputer, { topicId: topic.id, amountUallo, requestId: 'stake' });
  }
  // Its fee is revenue of the topic as any other: the network without it gets as much.
  if (withShadow) await createWorkerClient(client, shadow).join(topic.id, { shadow: true });
  else await client.fundTopic(shadow, { topicId: topic.id, amountUallo: REGISTRATION_FEE_UALLO });
  return { network, topic, epochs: [] };
}

async function work(stage: Stage, index: number, joins: boolean): Promise<void> {
  const { client } = stage.network;
  const about = { topicId: stage.topic.id, nonce: nonceOf(stage, index) };
  const forecastOf = (author: Account, noise: number) =>
    client.submitForecast(author, {
      ...about,
      elements: inferers.map(({ account: { address }, skill }) => ({
        inferer: address,
        value: (Math.log10(skill) + noise * seededNormal('shadows', author.address, address, index)).toFixed(
          6,
        ),
      })),
    });
  await Promise.all([
    ...inferers.map((one) =>
      client.submitInference(one.account, {
        ...about,
        value: answerOf(one.account.address, index, 2 * one.skill, SHARED_ERROR),
      }),
    ),
    forecastOf(forecaster, 0.1),
    ...(joins
      ? [
          client.submitInference(shadow, { ...about, value: answerOf('xena', index, 0.8) }),
          forecastOf(shadow, 0.01),
        ]
      : []),
  ]);
}

async function judge({ network: { client }, topic }: Stage, index: number, nonce: number): Promise<void> {
  const { inference } = await client.epoch(topic.id, nonce, { waitFor: 'inference' });
  for (const { account: reputer, bias } of reputers) {
    const truth = String(truthAt(index) + bias);
    const signal = AbortSignal.timeout(60_000);
    await client.submitLosses(reputer, await lossesOf(inference!, truth, ownLosses(topic), signal));
  }
}

/** An epoch's workers answer while the reputers of the one before it report; then that one is over. */
async function turn(stage: Stage, index: number, joins: boolean): Promise<void> {
  const { network, topic } = stage;
  const nonce = nonceOf(stage, index);
  await network.client.advanceClock(nonce);
  await work(stage, index, joins);
  if (index > 0) await judge(stage, index - 1, nonce - epochLengthBlocks);
  await network.client.advanceClock(nonce + workerWindowBlocks);
  if (index === 0) return;
  const told = { waitFor: 'rewards' } as const;
  stage.epochs.push(await network.client.epoch(topic.id, nonce - epochLengthBlocks, told));
}

async function play(withShadow: boolean): Promise<Stage> {
  const stage = await open(withShadow);
  for (let index = 0; index <= EPOCHS; index += 1) await turn(stage, index, withShadow);
  return stage;
}

let without: Stage;
let beside: Stage;

beforeAll(async () => {
  [without, beside] = await Promise.all([play(false), play(true)]);
});
afterAll(async () => {
  await without?.network.close();
  await beside?.network.close();
});

/** The epoch but for what it says of shadows. */
const others = ({ inference, losses, ...rest }: Epoch) => ({
  ...rest,
  inference: { ...inference, shadowInferers: [], shadowForecasters: [] },
  losses: { ...losses, shadowInferers: [], shadowForecasters: [] },
});

const standingOf = async ({ network, topic }: Stage) => {
  const response = await fetch(`${network.url}/v1/topics/${topic.id}/shadows`);
  return ((await response.json()) as { shadows: Record<string, unknown>[] }).shadows;
};

describe('a network with a shadow', () => {
  it('has the inferences, losses, scores and payments of the one without it, bit for bit', async () => {
    expect(beside.epochs).toHaveLength(EPOCHS);
    expect(beside.epochs.map(others)).toEqual(without.epochs.map(others));
    const [found, asFound] = await Promise.all(
      [beside, without].map(({ network, topic, epochs }) => {
        const question = { topicId: topic.id, nonce: epochs.at(-1)!.nonce, without: [forecaster.address] };
        return network.client.simulateEpoch(question);
      }),
    );
    expect(found).toEqual(asFound);
    const paid = beside.epochs.flatMap(({ rewards }) => rewards!.payments.map((one) => one.participant));
    expect(paid.length).toBeGreaterThan(0);
    expect(paid).not.toContain(shadow.address);
    const [left, leftAlone] = await Promise.all(
      [beside, without].map(({ network }) => network.client.account(shadow.address)),
    );
    expect(left!.balanceUallo).toBe(leftAlone!.balanceUallo);
  });

  it('tells of each epoch what it would have been with it', () => {
    const weights = beside.epochs.map(({ inference, losses, nonce }, index) => {
      const [answer] = inference!.shadowInferers;
      expect(answer).toMatchObject({ inferer: shadow.address, value: answerOf('xena', index, 0.8) });
      const [told] = losses!.shadowInferers;
      const mean = (value: number) =>
        (3 * lossOfTruth(truthAt(index), value) + lossOfTruth(truthAt(index) + 3, value)) / 4;
      expect(told!.loss, `loss of ${nonce}`).toBeCloseTo(mean(Number(answer!.value)), 6);
      expect(told!.combined).toBe(losses!.losses!.combined);
      expect(told!.combinedWith).toBeCloseTo(mean(answer!.combinedWith), 6);
      expect(told!.contribution).toBe(told!.combined - told!.combinedWith);
      expect(told!.contribution).toBeGreaterThan(0);
      return answer!.weight;
    });
    // Median and mean have no regrets to weigh by; after that it learns from its own losses.
    expect(weights[0]).toBeUndefined();
    const { inference, losses } = beside.epochs.at(-1)!;
    const [answer] = inference!.shadowInferers;
    expect(answer!.regret).toBeGreaterThan(Math.max(...inference!.inferers.map(({ regret }) => regret)));
    expect(answer!.weight).toBeGreaterThan(Math.max(...inference!.inferers.map(({ weight }) => weight!)));
    expect(inference!.shadowForecasters).toMatchObject([{ forecaster: shadow.address }]);
    expect(losses!.shadowForecasters).toMatchObject([{ worker: shadow.address }]);
  });

  it('shows how it has done so far', async () => {
    const contributions = beside.epochs.map(({ losses }) => losses!.shadowInferers[0]!.contribution);
    const { client } = beside.network;
    await client.epoch(beside.topic.id, nonceOf(beside, EPOCHS), { waitFor: 'inference' });
    const shadows = await standingOf(beside);
    const mean = contributions.reduce((sum, one) => sum + one, 0) / EPOCHS;
    expect(shadows.find(({ role }) => role === 'inferer')).toMatchObject({
      ...{ address: shadow.address, current: true, scoredEpochs: EPOCHS, helpedEpochs: EPOCHS },
      ...{ contribution: contributions.at(-1), meanContribution: mean, answeredEpochs: EPOCHS + 1 },
    });
    const told = await client.participants(shadow.address);
    expect(told).toMatchObject({ registrations: [{ role: 'worker', shadow: true }], standings: [] });
    expect(told['shadows']).toEqual(expect.arrayContaining(shadows));
    expect(resultOf(beside.epochs.at(-1)!, shadow.address, 'worker')).toMatchObject({
      ...{ active: false, rewardUallo: '0', shadow: { contribution: contributions.at(-1) } },
    });
    expect(await standingOf(without)).toEqual([]);
  });

  it('has one worker more from the epoch after its promotion on, and one less after it steps back', async () => {
    const { network, topic, epochs } = beside;
    const { client } = network;
    const inSet = ({ inference }: Epoch) => [
      inference!.inferers.some(({ inferer }) => inferer === shadow.address),
      inference!.shadowInferers.some(({ inferer }) => inferer === shadow.address),
    ];
    const join = (standing: { shadow: boolean }) =>
      createWorkerClient(client, shadow).join(topic.id, standing);
    // In the open window of the next epoch: that one keeps it as a shadow.
    await client.advanceClock(nonceOf(beside, EPOCHS + 1));
    expect(await join({ shadow: false })).toBe(true);
    for (const index of [1, 2]) await turn(beside, EPOCHS + index, true);
    await join({ shadow: true });
    for (const index of [3, 4]) await turn(beside, EPOCHS + index, true);
    expect(epochs.slice(EPOCHS).map(inSet)).toEqual([
      [false, true],
      [false, true],
      [true, false],
      [false, true],
    ]);
    const promoted = epochs[EPOCHS + 2]!;
    const newcomer = promoted.inference!.inferers.find(({ inferer }) => inferer === shadow.address)!;
    expect(newcomer.regret).toBe(promoted.inference!.initialRegret);
    const paidIn = epochs.map(({ rewards }) =>
      rewards!.payments.some(({ participant }) => participant === shadow.address),
    );
    expect(paidIn.flatMap((paid, n) => (paid ? [n] : []))).toEqual([EPOCHS + 2]);
    expect(await standingOf(beside)).toMatchObject([{ current: true }, { current: true }]);
  });
});
