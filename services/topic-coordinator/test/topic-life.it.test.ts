import { busTopics } from '@allora/contracts/catalog';
import { TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { Role, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { describe, expect, it } from 'vitest';
import {
  brief,
  get,
  kafkaSettings,
  listen,
  openCoordinatorStage,
  post,
  topicBody,
  until,
} from './coordinator-harness';

describe('the life of a topic', () => {
  let app: RunningApp;
  let heard: Awaited<ReturnType<typeof listen>>;
  let ledger: ReturnType<RunningApp['peer']>;
  const { start } = openCoordinatorStage();
  const begin = async (settings: Parameters<typeof start>[0] = {}) => {
    app = await start(settings);
    heard = await listen(app);
    ledger = app.peer('rewards');
  };

  const creator = createAccount();
  const create = (id = 'a') => post(app, '/v1/topics', topicBody(creator, id));
  const advance = (height: number) => post(app, '/v1/clock/advance', { height });
  const weighed = async (active: boolean, height: number, topicId = 1) => {
    const weight = { topicId, height, active, weight: 1, stakeUallo: '1', feeRevenueUallo: '1' };
    await ledger.append(busTopics.topicWeights, [TopicWeight.fromPartial(weight)]);
  };
  /** Tells a weight and waits until it has taken effect. */
  const become = async (active: boolean, height: number, topicId = 1) => {
    await weighed(active, height, topicId);
    await until(() => heard.topics.findLast(({ id }) => id === topicId)?.active === active);
  };
  const told = (topicId = 1) => heard.epochs.filter((event) => event.topicId === topicId).map(brief);
  const windows = async (topicId = 1) => (await get(app, `/v1/topics/${topicId}/windows`)).body['windows'];

  it('is told to everybody when it goes to sleep, once', async () => {
    await begin();
    const { body } = await create();
    await become(false, 9);
    expect(heard.topics).toEqual([body, { ...body, active: false }]);
    await weighed(false, 10);
    await become(true, 11);
    expect(heard.topics.map(({ active }) => active)).toEqual([true, false, true]);
    const channel = openGrpcChannel(TopicCoordinatorService, () => app.grpcAddress);
    expect((await channel.client.getTopic({ topicId: 1 })).topic).toMatchObject({ active: true });
    channel.close();
  });

  it('in the middle of an epoch: it ends with all its turns, and none opens after it', async () => {
    await begin();
    await create();
    await create('b');
    // Of epoch 1 the reputers are asked, of epoch 5 the workers.
    await advance(6);
    await become(false, 6);
    const open = [
      { nonce: 1, role: 'reputer', stage: 'submit', openedHeight: 6, closesHeight: 9 },
      { nonce: 5, role: 'worker', stage: 'submit', openedHeight: 5, closesHeight: 7 },
    ];
    expect(await windows()).toEqual(open);
    await advance(10);
    expect(await windows()).toEqual([
      { nonce: 5, role: 'reputer', stage: 'submit', openedHeight: 10, closesHeight: 13 },
    ]);
    await advance(60);
    expect(await windows()).toEqual([]);
    await until(() => told(2).length > 50);
    expect(told()).toEqual([
      '1 WORKER_WINDOW_OPENED 1',
      '3 WORKER_WINDOW_CLOSED 1',
      '5 WORKER_WINDOW_OPENED 5',
      '6 REPUTER_WINDOW_OPENED 1',
      '7 WORKER_WINDOW_CLOSED 5',
      '9 REPUTER_WINDOW_CLOSED 1',
      '10 REPUTER_WINDOW_OPENED 5 after 1',
      '13 REPUTER_WINDOW_CLOSED 5 after 1',
    ]);
    const ended = heard.blocks.flatMap((record) => record.ended).filter(({ topicId }) => topicId === 1);
    expect(ended.map(({ nonce, height }) => [nonce, height])).toEqual([
      [1, 9],
      [5, 13],
    ]);
  });

  it('goes on at the next height when it is active again, behind what was settled before', async () => {
    await begin();
    await create();
    await advance(6);
    await become(false, 6);
    await advance(40);
    await become(true, 40);
    expect(await windows()).toEqual([]);
    await advance(49);
    await until(() => told().length >= 15);
    expect(told().slice(8)).toEqual([
      '41 WORKER_WINDOW_OPENED 41 after 5',
      '43 WORKER_WINDOW_CLOSED 41 after 5',
      '45 WORKER_WINDOW_OPENED 45 after 5',
      '46 REPUTER_WINDOW_OPENED 41 after 5',
      '47 WORKER_WINDOW_CLOSED 45 after 5',
      '49 REPUTER_WINDOW_CLOSED 41 after 5',
      '49 WORKER_WINDOW_OPENED 49 after 41',
    ]);
    expect(await windows()).toEqual([
      { nonce: 49, role: 'worker', stage: 'submit', openedHeight: 49, closesHeight: 51 },
    ]);
    const channel = openGrpcChannel(TopicCoordinatorService, () => app.grpcAddress);
    const asked = { topicId: 1, nonce: 49, role: Role.WORKER };
    expect((await channel.client.getWindow(asked)).window).toMatchObject({ nonce: 49, openedHeight: 49 });
    channel.close();
  });

  it('switched off and on gains no epoch: the next one comes when it would have come', async () => {
    await begin();
    await create();
    await advance(5);
    for (const active of [false, true, false, true]) await become(active, 5);
    await advance(17);
    await until(() => told().some((turn) => turn.startsWith('17 WORKER_WINDOW_OPENED')));
    const opened = told().filter((turn) => turn.includes('WORKER_WINDOW_OPENED'));
    expect(opened.map((turn) => turn.split(' ')[0])).toEqual(['1', '5', '9', '13', '17']);
  });

  it('that slept before its first epoch has had none', async () => {
    await begin();
    await create();
    await become(false, 0);
    await advance(20);
    await become(true, 20);
    await advance(21);
    await until(() => told().length > 0);
    expect(told()).toEqual(['21 WORKER_WINDOW_OPENED 21']);
  });

  it('does not follow weights that are out of date', async () => {
    await begin();
    await create();
    await create('b');
    await become(false, 20);
    await weighed(true, 19);
    await become(false, 1, 2);
    expect(heard.topics.filter(({ id }) => id === 1).map(({ active }) => active)).toEqual([true, false]);
    await become(true, 20);
  });

  it('is the same at the replica that hears of it and at the one that tells the turns', async () => {
    const settings = await kafkaSettings();
    await begin(settings);
    const other = await start(settings);
    for (let id = 1; id <= 6; id += 1) await create(String(id));
    const ids = [1, 2, 3, 4, 5, 6];
    for (let height = 1; height <= 30; height += 1) {
      await post(height % 2 ? app : other, '/v1/clock/advance', { height });
      if (height % 10 === 5) await Promise.all(ids.map((id) => weighed(height !== 15, height, id)));
      if (height === 15) await until(() => heard.topics.filter(({ active }) => !active).length === 6);
    }
    // Each topic opened its epochs 1, 5, 9 and 13, slept at 15, and woke up some time after 25.
    await until(() =>
      ids.every((id) => told(id).some((turn) => turn.startsWith('21 REPUTER_WINDOW_CLOSED 13'))),
    );
    for (const id of ids) {
      const nonces = heard.epochs.filter(({ topicId }) => topicId === id).map(({ nonce }) => nonce);
      const opened = [...new Set(nonces)].toSorted((a, b) => a - b);
      expect(opened.slice(0, 4)).toEqual([1, 5, 9, 13]);
      expect(opened.slice(4).every((nonce) => nonce > 25)).toBe(true);
    }
    const ends = heard.blocks.map(({ toHeight }) => toHeight);
    expect(heard.blocks.map(({ fromHeightExclusive }) => fromHeightExclusive)).toEqual([
      0,
      ...ends.slice(0, -1),
    ]);
  });
});
