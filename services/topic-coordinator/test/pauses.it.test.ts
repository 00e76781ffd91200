import { busTopics } from '@allora/contracts/catalog';
import { TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { describe, expect, it } from 'vitest';
import { brief, get, listen, openCoordinatorStage, post, topicBody, until } from './coordinator-harness';

const ADMIN_TOKEN = 'an operator token of this test';

describe('a topic that an operator pauses', () => {
  const { start } = openCoordinatorStage();
  const creator = createAccount();
  let app: RunningApp;
  let heard: Awaited<ReturnType<typeof listen>>;

  const begin = async () => {
    app = await start({ adminToken: ADMIN_TOKEN });
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

  it('opens no epoch, ends those that are open, and goes on without having gained one', async () => {
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

  it('stays paused whatever it weighs, and goes on as its latest weight has it', async () => {
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
