import { busTopics } from '@allora/contracts/catalog';
import { TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { describe, expect, it } from 'vitest';
import {
  brief,
  get,
  Ledger,
  listen,
  openCoordinatorStage,
  post,
  topicBody,
  until,
} from './coordinator-harness';

const ADMIN_TOKEN = 'an operator token of this test';

describe('what operators do to a topic', () => {
  const { start } = openCoordinatorStage();
  const creator = createAccount();
  let app: RunningApp;
  let ledger: Ledger;
  let heard: Awaited<ReturnType<typeof listen>>;

  const begin = async () => {
    ledger = new Ledger();
    app = await start({ adminToken: ADMIN_TOKEN }, undefined, ledger);
    heard = await listen(app);
    await post(app, '/v1/topics', topicBody(creator, 'a'));
  };
  const advance = async (height: number) => {
    const answer = await fetch(`${app.httpUrl}/v1/clock/advance`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ height }),
    });
    expect(answer.status).toBe(200);
  };
  const operate = async (deed: string, token = ADMIN_TOKEN, topicId = 1) => {
    const answer = await fetch(`${app.operationsUrl}/operations/topics/${topicId}/${deed}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const weigh = async (active: boolean, height: number) => {
    const weight = { topicId: 1, height, active, weight: 1, stakeUallo: '1', feeRevenueUallo: '1' };
    await app.peer('rewards').append(busTopics.topicWeights, [TopicWeight.fromPartial(weight)]);
  };
  const told = () => heard.epochs.map(brief);
  const isActive = async () => (await get(app, '/v1/topics/1/windows')).body['windows'];

  it('paused, opens no epoch, ends those that are open, and goes on without having gained one', async () => {
    await begin();
    await advance(2);
    expect(await operate('pause')).toEqual({
      status: 200,
      body: { topicId: 1, active: false, pausedHeight: 2 },
    });
    await advance(30);
    expect(await operate('pause')).toMatchObject({ body: { pausedHeight: 2 } });
    expect(await isActive()).toEqual([]);
    expect(await operate('resumption')).toMatchObject({ body: { active: true, pausedHeight: null } });
    expect(await operate('resumption')).toMatchObject({ body: { active: true, pausedHeight: null } });
    await advance(32);
    await until(() => told().length >= 5);
    expect(told()).toEqual([
      '1 WORKER_WINDOW_OPENED 1',
      '3 WORKER_WINDOW_CLOSED 1',
      '6 REPUTER_WINDOW_OPENED 1',
      '9 REPUTER_WINDOW_CLOSED 1',
      '31 WORKER_WINDOW_OPENED 31 after 1',
    ]);
    await until(() => heard.topics.length >= 3);
    expect(heard.topics.map(({ active }) => active)).toEqual([true, false, true]);
  });

  it('paused, stays so whatever it weighs, and goes on as its latest weight has it', async () => {
    await begin();
    await operate('pause');
    await weigh(false, 5);
    await weigh(true, 6);
    await weigh(false, 7);
    await until(async () => {
      const [row] = await app.database.prisma.$queryRaw<{ weight_height: bigint; active: boolean }[]>`
        SELECT weight_height, active FROM topic_coordinator.topics WHERE id = 1`;
      expect(row!.active).toBe(false);
      return row!.weight_height === 7n;
    });
    expect(await operate('resumption')).toMatchObject({ body: { active: false, pausedHeight: null } });
    await weigh(true, 8);
    await until(() => heard.topics.at(-1)?.active === true);
  });

  it('has the question of an epoch asked again that paid nobody, once', async () => {
    await begin();
    await advance(9);
    expect(await operate('epochs/1/reopening')).toMatchObject({
      status: 409,
      body: { code: 'EPOCH_STANDS', reason: 'NOT_SETTLED' },
    });
    ledger.settled.set(1, { paid: false }).set(5, { paid: true });
    const again = { status: 200, body: { topicId: 1, nonce: 1, reopenedAs: 11 } };
    expect(await operate('epochs/1/reopening')).toEqual(again);
    expect(await operate('epochs/5/reopening')).toMatchObject({ status: 409, body: { reason: 'PAID' } });
    expect(await operate('epochs/2/reopening')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_EPOCH' },
    });
    await advance(16);
    expect(await operate('epochs/1/reopening')).toEqual(again);
    const opened = () => heard.epochs.filter(({ phase }) => phase === EpochPhase.WORKER_WINDOW_OPENED);
    await until(() => opened().length >= 5);
    expect(opened().map(({ nonce }) => nonce)).toEqual([1, 5, 9, 11, 15]);
    const ended = heard.epochs.filter(({ phase }) => phase === EpochPhase.REPUTER_WINDOW_CLOSED);
    expect(ended.map(({ nonce }) => nonce)).toEqual([1, 5]);
  });

  it('is for operators alone', async () => {
    await begin();
    expect(await operate('pause', 'a guess')).toMatchObject({ status: 401 });
    expect(await operate('pause', ADMIN_TOKEN, 7)).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_TOPIC' },
    });
    expect(heard.topics.every(({ active }) => active)).toBe(true);
  });
});
