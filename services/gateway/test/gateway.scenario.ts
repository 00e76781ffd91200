import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { EpochPhase, Registration, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GatewayConfig } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import {
  epochEvent,
  epochRewards,
  epochScores,
  networkInference,
  networkLosses,
  noInference,
  params,
  shadowLosses,
  shadowValues,
  topic,
} from './fixtures';
import { coordinatorModule } from './neighbours';

/** The parts of answers that the checks go into; everything else passes through. */
const answerShape = z.looseObject({
  topics: z.array(z.unknown()).optional(),
  inferers: z.unknown().optional(),
  phases: z.looseObject({ reputerWindowClosed: z.unknown().optional() }).optional(),
  inference: z.looseObject({ oneOutInfererForecastImplied: z.unknown().optional() }).nullish(),
  losses: z.looseObject({ losses: z.looseObject({ inferers: z.unknown() }).nullish() }).nullish(),
  rewards: z.looseObject({ payments: z.array(z.unknown()) }).nullish(),
  standings: z.array(z.unknown()).optional(),
  epochs: z.unknown().optional(),
});

export interface Stage {
  readonly config: GatewayConfig;
  cleanUp(): Promise<void>;
}

/** What the gateway promises, whatever bus and cache it stands on. */
export function describeGateway(name: string, prepare: () => Promise<Stage>): void {
  const worker = createAccount().address;
  const reputer = createAccount().address;
  let stage: Stage;
  let app: RunningApp;
  let network: ServiceBus;

  const read = async (path: string) => {
    const response = await fetch(`${app.httpUrl}${path}`);
    const body = answerShape.parse(await response.json());
    return { status: response.status, type: response.headers.get('content-type'), body };
  };
  const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });
  const readKnown = (path: string, known: object) =>
    eventually(async () => {
      const answer = await read(path);
      expect(answer).toMatchObject({ status: 200, body: known });
      return answer.body;
    });

  describe(name, () => {
    beforeAll(async () => {
      stage = await prepare();
      const { config } = stage;
      app = await startApp({
        name: 'gateway',
        config,
        modules: [GatewayModule.register(config), coordinatorModule()],
      });
      network = app.peer('topic-coordinator');
      await network.append(busTopics.topics, [topic(1), topic(2), topic(3)]);
      await eventually(async () => expect((await read('/v1/topics')).body.topics).toHaveLength(3));
    });

    afterAll(async () => {
      await app?.close();
      await stage?.cleanUp();
    });

    it('lists topics with their open windows', async () => {
      await network.append(busTopics.epochs, [
        epochEvent(1, 100, EpochPhase.WORKER_WINDOW_OPENED),
        epochEvent(2, 200, EpochPhase.WORKER_WINDOW_OPENED),
        epochEvent(2, 200, EpochPhase.WORKER_WINDOW_CLOSED),
      ]);
      await readKnown('/v1/topics/2/epochs', {
        topicId: 2,
        epochs: [{ nonce: 200, status: 'worker_window_closed' }],
      });
      await readKnown('/v1/topics/1', {
        id: 1,
        metadata: 'topic 1',
        lossMethod: 'mse',
        creator: 'allo1creator',
        active: true,
        params: { epochLengthBlocks: 10 },
        latestNonce: null,
        openWindows: [{ nonce: 100, role: 'worker', stage: 'submit', openedHeight: 100, closesHeight: 105 }],
      });
      expect((await read('/v1/topics?limit=1&after=1')).body.topics).toMatchObject([
        { id: 2, openWindows: [] },
      ]);
    });

    it('shows commitments and reveals as stages of one window', async () => {
      const known = topic(6);
      const revealing = { ...params, revealWindowBlocks: 3 };
      await network.append(busTopics.topics, [{ ...known, params: revealing }]);
      const stages = async (stage: string, heights: object) =>
        readKnown('/v1/topics/6', { openWindows: [{ nonce: 100, role: 'worker', stage, ...heights }] });
      await network.append(busTopics.epochs, [epochEvent(6, 100, EpochPhase.WORKER_WINDOW_OPENED)]);
      await stages('commit', { openedHeight: 100, closesHeight: 105 });
      const reveal = epochEvent(6, 100, EpochPhase.REVEAL_WINDOW_OPENED);
      await network.append(busTopics.epochs, [{ ...reveal, height: 105, closesHeight: 108 }]);
      await stages('reveal', { openedHeight: 105, closesHeight: 108 });
      await network.append(busTopics.epochs, [epochEvent(6, 100, EpochPhase.WORKER_WINDOW_CLOSED)]);
      await readKnown('/v1/topics/6', { openWindows: [] });
      await readKnown('/v1/topics/6/epochs/100', { phases: { revealWindowOpened: { height: 105 } } });
    });

    it('asks the owner of a topic that it does not know', async () => {
      expect(await read('/v1/topics/77')).toMatchObject({ status: 200, body: { id: 77, latestNonce: null } });
      expect(await read('/v1/topics/77/inference')).toMatchObject({
        status: 404,
        body: { code: 'NO_INFERENCE_YET' },
      });
    });

    it('serves the latest inference, whichever of its facts comes first', async () => {
      await network.append(busTopics.networkInferences, [networkInference(1, 100, [[worker], ['f0']])]);
      const early = await readKnown('/v1/topics/1/inference', { nonce: 100, combined: 101.5 });
      expect(early.inferers).toEqual([
        { inferer: worker, value: '100.50', weight: 1, share: 1 / 3, regret: 0.1 },
      ]);
      await network.append(busTopics.epochs, [epochEvent(1, 100, EpochPhase.WORKER_WINDOW_CLOSED)]);
      await readKnown('/v1/topics/1/inference', {
        times: { workerWindowOpenedMs: 1_700_000_100_000, workerWindowClosedMs: 1_700_000_105_000 },
      });
      expect((await read('/v1/topics/1/inference')).type).toContain('application/json');

      await network.append(busTopics.networkInferences, [
        networkInference(1, 120),
        networkInference(1, 110),
        noInference(1, 130),
      ]);
      await readKnown('/v1/topics/1/epochs/130', {
        inference: { mode: 'INFERENCE_MODE_NONE', combined: null },
      });
      await readKnown('/v1/topics/1/inference', { nonce: 120 });
      await readKnown('/v1/topics/1', { latestNonce: 120 });
    });

    it('tells everything of an epoch, and an epoch twice told once', async () => {
      const path = '/v1/topics/1/epochs/100';
      await network.append(busTopics.epochs, [
        epochEvent(1, 100, EpochPhase.REPUTER_WINDOW_OPENED),
        epochEvent(1, 100, EpochPhase.REPUTER_WINDOW_CLOSED),
      ]);
      await network.append(busTopics.networkLosses, [networkLosses(1, 100)]);
      await network.append(busTopics.epochScores, [epochScores(1, 100, { inferer: worker, reputer })]);
      const rewards = epochRewards(1, 100, { inferer: worker, reputer });
      await network.append(busTopics.epochRewards, [rewards, rewards]);
      const epoch = await readKnown(path, {
        status: 'rewards',
        phases: { reputerWindowClosed: { height: 115 } },
        scores: {},
        losses: {},
      });
      expect(epoch.phases?.reputerWindowClosed).toEqual({ height: 115, atMs: 1_700_000_115_000 });
      expect(epoch.inference?.oneOutInfererForecastImplied).toEqual([{ values: [100] }]);
      expect(epoch.losses?.losses?.inferers).toEqual([{ worker: 'i0', loss: -1.25 }]);
      expect(epoch.rewards?.payments[0]).toEqual({
        participant: worker,
        role: 'REWARD_ROLE_INFERER',
        fraction: 1,
        amountUallo: '5999999999999999993',
      });
    });

    it('tells where a participant stands', async () => {
      await network.append(busTopics.registrations, [
        Registration.fromPartial({ topicId: 1, address: worker, role: Role.WORKER, height: 7 }),
      ]);
      await network.append(busTopics.epochRewards, [epochRewards(1, 110, { inferer: worker, reputer })]);
      const participant = await readKnown(`/v1/participants/${worker}`, {
        registrations: [{ topicId: 1, role: 'worker', height: 7 }],
        standings: [{ paidUallo: '11999999999999999986', paidEpochs: 2 }],
      });
      expect(participant.standings).toEqual([
        {
          topicId: 1,
          role: 'inferer',
          lastNonce: 110,
          weight: 1,
          weightShare: 1 / 3,
          weightNonce: 100,
          score: 0.5,
          scoreNonce: 100,
          emaScore: 0.25,
          listeningCoefficient: null,
          paidUallo: '11999999999999999986',
          paidEpochs: 2,
        },
      ]);
      expect(participant.epochs).toMatchObject([
        {
          nonce: 110,
          paidUallo: '5999999999999999993',
          score: null,
        },
        { nonce: 100, role: 'inferer', score: 0.5, fraction: 1 },
      ]);
      const { standings } = await readKnown(`/v1/participants/${reputer}`, { registrations: [] });
      expect(standings).toMatchObject([{ role: 'reputer', listeningCoefficient: 0.9, score: 30 }]);
    });

    it('tells how shadows have done, and who is one no more', async () => {
      const shadow = createAccount().address;
      const registered = { topicId: 9, address: shadow, role: Role.WORKER };
      await network.append(busTopics.topics, [topic(9)]);
      await readKnown('/v1/topics/9/shadows', { shadows: [] });
      await network.append(busTopics.registrations, [{ ...registered, height: 7, shadow: true }]);
      const nonces = [100, 110, 120];
      await network.append(
        busTopics.networkInferences,
        nonces.map((nonce) => ({ ...networkInference(9, nonce), ...shadowValues(shadow) })),
      );
      // Nobody can tell what it lost in the last one.
      const losses = nonces.slice(0, 2).map((nonce, i) => ({
        ...{ ...networkLosses(9, nonce), ...shadowLosses(shadow, 0.25 - i) },
      }));
      await network.append(busTopics.networkLosses, [...losses, networkLosses(9, 120)]);
      const common = { topicId: 9, address: shadow, current: true, answeredEpochs: 3, lastNonce: 120 };
      const scored = { scoredEpochs: 2, helpedEpochs: 1, scoredNonce: 110 };
      const shadows = [
        {
          ...{ ...common, ...scored, role: 'forecaster', weight: 0.5 },
          ...{ loss: -1.5, meanLoss: -1.5, contribution: 0.75, meanContribution: 0.25 },
        },
        {
          ...{ ...common, ...scored, role: 'inferer', weight: null },
          ...{ loss: -2.5, meanLoss: -2.5, contribution: -0.75, meanContribution: -0.25 },
        },
      ];
      await eventually(async () => expect((await read('/v1/topics/9/shadows')).body).toEqual({ shadows }));
      await readKnown(`/v1/participants/${shadow}`, {
        ...{ registrations: [{ topicId: 9, height: 7, shadow: true }], standings: [], shadows },
      });
      await readKnown('/v1/topics/9/epochs/110', {
        inference: { shadowInferers: [{ inferer: shadow, weight: null, combinedWith: 101.75 }] },
        losses: { shadowInferers: [{ worker: shadow, contribution: -0.75 }] },
      });
      await network.append(busTopics.registrations, [{ ...registered, height: 121, shadow: false }]);
      await readKnown(`/v1/participants/${shadow}`, {
        registrations: [{ topicId: 9, height: 121, shadow: false }],
        shadows: [{ current: false }, { current: false }],
      });
      expect((await read('/v1/topics/4/shadows')).status).toBe(404);
    });

    it('lists epochs, newest first', async () => {
      const { body } = await read('/v1/topics/1/epochs?limit=2&before=130');
      expect(body).toEqual({
        topicId: 1,
        epochs: [
          { nonce: 120, status: 'inference' },
          { nonce: 110, status: 'rewards' },
        ],
      });
    });

    it('waits for what an epoch has not come to', async () => {
      const waited = read('/v1/topics/3/epochs/10?waitFor=inference&timeoutMs=20000');
      const scores = read('/v1/topics/3/epochs/10?waitFor=scores&timeoutMs=20000');
      await new Promise((resolve) => setTimeout(resolve, 200));
      const startedAt = performance.now();
      await network.append(busTopics.networkInferences, [networkInference(3, 10)]);
      expect(await waited).toMatchObject({
        status: 200,
        body: { nonce: 10, inference: { combined: 101.5 } },
      });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      await network.append(busTopics.epochScores, [epochScores(3, 10)]);
      expect(await scores).toMatchObject({ status: 200, body: { scores: { combinedLoss: -2 } } });
    });

    it('answers with what there is when the time to wait is over', async () => {
      expect(await read('/v1/topics/3/epochs/10?waitFor=rewards&timeoutMs=50')).toMatchObject({
        status: 200,
        body: { status: 'scores', rewards: null },
      });
      expect(await read('/v1/topics/3/epochs/999?waitFor=rewards&timeoutMs=50')).toMatchObject({
        status: 404,
        body: { code: 'UNKNOWN_EPOCH' },
      });
    });

    it.each([
      ['/v1/topics/4', 404, 'UNKNOWN_TOPIC'],
      ['/v1/topics/4/inference', 404, 'UNKNOWN_TOPIC'],
      ['/v1/topics/4/epochs', 404, 'UNKNOWN_TOPIC'],
      ['/v1/topics/4/epochs/1', 404, 'UNKNOWN_TOPIC'],
      ['/v1/topics/4/epochs/1?waitFor=rewards', 404, 'UNKNOWN_TOPIC'],
      ['/v1/topics/2/inference', 404, 'NO_INFERENCE_YET'],
      ['/v1/topics/1/epochs/5', 404, 'UNKNOWN_EPOCH'],
      [`/v1/participants/${createAccount().address}`, 404, 'UNKNOWN_PARTICIPANT'],
      ['/v1/participants/allo1nobody', 400, 'MALFORMED'],
      ['/v1/topics/0', 400, 'MALFORMED'],
      ['/v1/topics/one', 400, 'MALFORMED'],
      ['/v1/topics/1/epochs/-5', 400, 'MALFORMED'],
      ['/v1/topics/1/epochs?limit=0', 400, 'MALFORMED'],
      ['/v1/topics/1/epochs?limit=501', 400, 'MALFORMED'],
      ['/v1/topics/1/epochs/100?waitFor=luck', 400, 'MALFORMED'],
      ['/v1/topics/1/epochs/100?waitFor=rewards&timeoutMs=30001', 400, 'MALFORMED'],
      ['/v1/topics?page=2', 400, 'MALFORMED'],
      ['/v1/nothing', 404, 'NOT_FOUND'],
    ])('refuses %s', async (path, status, code) => {
      const answer = await read(path);
      expect(answer).toMatchObject({ status, body: { status, code } });
      expect(answer.type).toContain('application/problem+json');
    });

    it('bounds the requests that wait', async () => {
      const path = '/v1/topics/3/epochs/10?waitFor=rewards&timeoutMs=1500';
      const answers = await Promise.all(
        Array.from({ length: stage.config.maxWaitingRequests + 5 }, () => read(path)),
      );
      const refused = answers.filter(({ status }) => status === 503);
      expect(refused.length).toBeGreaterThanOrEqual(1);
      expect(refused[0]?.body).toMatchObject({ code: 'UNAVAILABLE' });
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    });

    it('finds the latest inference in memory, and measures it', async () => {
      await read('/v1/topics/1/inference');
      await read('/v1/topics/1/inference');
      const text = await (await fetch(`${app.httpUrl}/metrics`)).text();
      const lines = text.split('\n').filter((line) => /^allora_gateway_(latest|facts|waiting)/.test(line));
      expect(lines).toContainEqual(expect.stringContaining('reads_total{source="memory"}'));
      expect(lines).toContainEqual(expect.stringContaining('allora_gateway_facts_total{kind="rewards"}'));
      expect(lines).toContain('allora_gateway_waiting_requests 0');
    });

    it('stops while requests wait, and answers them', async () => {
      const waited = read('/v1/topics/3/epochs/10?waitFor=rewards&timeoutMs=30000');
      await new Promise((resolve) => setTimeout(resolve, 200));
      const startedAt = performance.now();
      expect(await app.close()).toBe(true);
      expect(await waited).toMatchObject({ status: 200, body: { rewards: null } });
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    });
  });
}
