import { busTopics } from '@allora/contracts/catalog';
import { TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { TopicParamsPatch } from '@allora/contracts/gen/allora/signing/v1/signing';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  brief,
  changeBody,
  get,
  listen,
  openCoordinatorStage,
  patch,
  post,
  topicBody,
  topicParams,
  until,
} from './coordinator-harness';

/** Workers [nonce, nonce + 2), reputers [nonce + 5, nonce + 8), and then nobody until nonce + 20. */
const calm = { epochLengthBlocks: 20 };

describe("a topic's settings", () => {
  let app: RunningApp;
  let heard: Awaited<ReturnType<typeof listen>>;
  const { start } = openCoordinatorStage();
  beforeEach(async () => {
    app = await start();
    heard = await listen(app);
  });

  const creator = createAccount();
  const create = (change: Partial<typeof topicParams> = calm) =>
    post(app, '/v1/topics', topicBody(creator, 'a', change));
  const advance = (height: number) => post(app, '/v1/clock/advance', { height });
  type Change = Parameters<typeof changeBody>[3];
  const change = (requestId: string, asked: Change, author = creator, topicId = 1) =>
    patch(app, `/v1/topics/${topicId}`, changeBody(author, topicId, requestId, asked));
  const told = () => heard.epochs.map(brief);

  it('change where they are named; the rest stays as it is', async () => {
    const { body } = await create();
    const named = await change('1', { metadata: 'ETH in 5 minutes' });
    expect(named).toEqual({ status: 200, body: { ...body, metadata: 'ETH in 5 minutes' } });
    const params = { pNorm: 2.5, allowNegative: true, activeInfererQuantile: 0, maxActiveReputers: 3 };
    const patched = await change('2', { lossMethod: 'mae', params });
    const expected = { ...named.body, lossMethod: 'mae', params: { ...topicParams, ...calm, ...params } };
    expect(patched).toEqual({ status: 200, body: expected });
    expect((await change('3', { metadata: '' })).body).toEqual({ ...expected, metadata: '' });
    expect((await change('4', { params: {} })).body).toEqual({ ...expected, metadata: '' });
    await until(() => heard.topics.length === 5);
    expect(heard.topics.at(-1)).toEqual({ ...expected, metadata: '' });
  });

  it('are the first answer again when the same command comes again; another under its id is refused', async () => {
    await create();
    const first = await change('1', { params: { pNorm: 4 } });
    await change('2', { params: { pNorm: 3.5 } });
    await advance(2);
    expect(await change('1', { params: { pNorm: 4 } })).toEqual(first);
    const conflict = { status: 409, body: { code: 'CONFLICTING_REPEAT', topicId: 1 } };
    expect(await change('1', { params: { pNorm: 4.5 } })).toMatchObject(conflict);
    // Also where the id stands for a creation.
    expect(await change('a', { params: { pNorm: 4.5 } })).toMatchObject(conflict);
    expect((await create()).body).toMatchObject({ params: { pNorm: 3 } });
    await until(() => heard.topics.length === 3);
  });

  it('are for the creator, signed by it', async () => {
    await create();
    const other = createAccount();
    expect(await change('1', { metadata: 'mine' }, other)).toMatchObject({
      status: 403,
      body: { code: 'NOT_THE_CREATOR', topicId: 1 },
    });
    const body = changeBody(creator, 1, '1', { metadata: 'mine' });
    const refused = { status: 401, body: { code: 'BAD_SIGNATURE' } };
    expect(await patch(app, '/v1/topics/1', { ...body, metadata: 'theirs' })).toMatchObject(refused);
    expect(await patch(app, '/v1/topics/1', { ...body, params: {} })).toMatchObject(refused);
    expect(await patch(app, '/v1/topics/2', body)).toMatchObject(refused);
    expect(await change('1', {}, creator, 7)).toMatchObject({ status: 404, body: { code: 'UNKNOWN_TOPIC' } });
    await until(() => heard.topics.length > 0);
    expect(heard.topics).toHaveLength(1);
  });

  it('are checked as those of a new topic, with what stays', async () => {
    await create();
    const violation = (field: string) => ({
      status: 422,
      body: { code: 'INVALID_TOPIC_PARAMS', violations: [{ field }] },
    });
    const params = (given: TopicParamsPatch) => change('1', { params: given });
    expect(await params({ pNorm: 9 })).toMatchObject(violation('pNorm'));
    expect(await params({ workerWindowBlocks: 6 })).toMatchObject(violation('workerWindowBlocks'));
    expect(await params({ revealWindowBlocks: 4 })).toMatchObject(violation('revealWindowBlocks'));
    expect(await params({ reputerWindowBlocks: -1 })).toMatchObject(violation('reputerWindowBlocks'));
    expect(await change('1', { lossMethod: 'pinball' })).toMatchObject(violation('lossMethod'));
    const body = changeBody(creator, 1, '1', {});
    for (const wrong of [
      { params: { epochLengthBlocks: 1.5 } },
      { params: { maxActiveInferers: 2 ** 33 } },
      { params: { surprise: 1 } },
      { params: null },
      { lossMethod: '' },
      { active: false },
      { topicId: 1 },
    ]) {
      expect(await patch(app, '/v1/topics/1', { ...body, ...wrong })).toMatchObject({
        status: 400,
        body: { code: 'MALFORMED' },
      });
    }
    // A request id that was only refused is free.
    expect(await params({ pNorm: 4 })).toMatchObject({ status: 200 });
    const asking = await change('fee', { params: { minInferenceFeeUallo: '7' } });
    expect(asking).toMatchObject({ status: 200, body: { params: { minInferenceFeeUallo: '7', pNorm: 4 } } });
    await until(() => heard.topics.at(-1)?.params?.minInferenceFeeUallo === '7');
  });

  it.each([
    ['of the workers', 1, 3],
    ['of the reputers', 6, 9],
    ['of the reputers, in its last block', 8, 9],
  ])('do not change while a window is open: %s', async (_, height, nextHeight) => {
    await create();
    await advance(height);
    const asked = { metadata: 'new', params: { pNorm: 4 } };
    expect(await change('1', asked)).toMatchObject({
      status: 409,
      body: { code: 'WINDOW_OPEN', topicId: 1, height, nextHeight },
    });
    await advance(nextHeight);
    expect(await change('1', asked)).toMatchObject({ status: 200, body: asked });
  });

  it('never change where a window is always open, until the topic sleeps and its epochs are over', async () => {
    await create({});
    await advance(9);
    const refused = await change('1', { params: { epochLengthBlocks: 30 } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'WINDOW_OPEN', topicId: 1 } });
    expect(refused.body).not.toHaveProperty('nextHeight');
    expect(refused.body['detail']).toContain('at every height');
    const weigh = (active: boolean) =>
      app
        .peer('rewards')
        .append(busTopics.topicWeights, [TopicWeight.fromPartial({ topicId: 1, height: 9, active })]);
    await weigh(false);
    await until(() => heard.topics.at(-1)?.active === false);
    expect(await change('1', {})).toMatchObject({ body: { code: 'WINDOW_OPEN', nextHeight: 13 } });
    await advance(17);
    const changed = await change('1', { params: { epochLengthBlocks: 30 } });
    expect(changed).toMatchObject({ status: 200, body: { active: false } });
    await weigh(true);
    await until(() => heard.topics.at(-1)?.active === true);
    await advance(60);
    await until(() => told().some((turn) => turn.startsWith('48 WORKER_WINDOW_OPENED')));
    const opened = told().filter((turn) => turn.includes('WORKER_WINDOW_OPENED'));
    expect(opened.map((turn) => turn.split(' ')[0])).toEqual(['1', '5', '9', '18', '48']);
  });

  it('of the rhythm are for the next epochs; an epoch ends with those that it began with', async () => {
    await create();
    // Between the windows of epoch 1.
    await advance(4);
    const params = { epochLengthBlocks: 10, workerWindowBlocks: 4, groundTruthLagBlocks: 4, pNorm: 4 };
    expect(await change('1', { params })).toMatchObject({ status: 200, body: { params } });
    await advance(6);
    expect((await get(app, '/v1/topics/1/windows')).body['windows']).toMatchObject([
      { nonce: 1, role: 'reputer', openedHeight: 6, closesHeight: 9 },
    ]);
    await advance(22);
    expect((await get(app, '/v1/topics/1/windows')).body['windows']).toMatchObject([
      { nonce: 21, role: 'worker', openedHeight: 21, closesHeight: 25 },
    ]);
    await advance(31);
    await until(() => told().length >= 9);
    expect(told()).toEqual([
      '1 WORKER_WINDOW_OPENED 1',
      '3 WORKER_WINDOW_CLOSED 1',
      '6 REPUTER_WINDOW_OPENED 1',
      '9 REPUTER_WINDOW_CLOSED 1',
      '21 WORKER_WINDOW_OPENED 21 after 1',
      '25 WORKER_WINDOW_CLOSED 21 after 1',
      '25 REPUTER_WINDOW_OPENED 21 after 1',
      '28 REPUTER_WINDOW_CLOSED 21 after 1',
      '31 WORKER_WINDOW_OPENED 31 after 21',
    ]);
    const norms = heard.epochs.map(({ nonce, params: rules }) => [nonce, rules?.pNorm]);
    expect([...new Set(norms.map(String))]).toEqual(['1,3', '21,4', '31,4']);
    await until(() => heard.blocks.at(-1)?.toHeight === 31);
    const ended = heard.blocks.flatMap((record) => record.ended);
    expect(ended.map(({ nonce, epochLengthBlocks }) => [nonce, epochLengthBlocks])).toEqual([
      [1, 20],
      [21, 10],
    ]);
  });
});
