import { Role, TopicCoordinatorService, WindowStage } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  brief,
  get,
  listen,
  post,
  registrationBody,
  startCoordinator,
  topicBody,
  topicParams,
  until,
} from './coordinator-harness';

const { SUBMIT, COMMIT, REVEAL } = WindowStage;
const adminToken = 'an operator token of this test';

describe('topics and registrations', () => {
  let database: TestDatabase;
  let app: RunningApp;
  let heard: Awaited<ReturnType<typeof listen>>;
  let channel: ReturnType<typeof openGrpcChannel<typeof TopicCoordinatorService>>;
  const creator = createAccount();

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startCoordinator(database.url, { adminToken });
    heard = await listen(app);
    channel = openGrpcChannel(TopicCoordinatorService, () => app.grpcAddress);
  });
  afterAll(async () => {
    channel?.close();
    await app?.close();
    await database?.drop();
  });

  const advance = (height: number) =>
    post(app, '/v1/clock/advance', { height }, { authorization: `Bearer ${adminToken}` });

  it('a topic is created once for a request id, and told', async () => {
    const first = await post(app, '/v1/topics', topicBody(creator, 'r1'));
    expect(first).toMatchObject({
      status: 201,
      body: { id: 1, active: true, createdHeight: 0, params: topicParams },
    });
    expect(await post(app, '/v1/topics', topicBody(creator, 'r1'))).toEqual({ ...first, status: 200 });
    expect(await post(app, '/v1/topics', topicBody(creator, 'r1', { pNorm: 4 }))).toMatchObject({
      status: 409,
      body: { code: 'CONFLICTING_REPEAT', topicId: 1 },
    });
    await until(() => heard.topics.length === 1);
    expect(heard.topics[0]).toEqual(first.body);
  });

  it('ids run without gaps, also when many come at once', async () => {
    const made = await Promise.all(
      [2, 3, 4, 5].map((n) => post(app, '/v1/topics', topicBody(creator, `r${n}`))),
    );
    expect(made.map(({ body }) => body['id']).toSorted()).toEqual([2, 3, 4, 5]);
  });

  it('a topic that cannot be is refused with every wrong field', async () => {
    const wrong = await post(app, '/v1/topics', topicBody(creator, 'w', { pNorm: 9, alphaRegret: 0 }));
    expect(wrong).toMatchObject({
      status: 422,
      body: { code: 'INVALID_TOPIC_PARAMS', violations: [{ field: 'pNorm' }, { field: 'alphaRegret' }] },
    });
    for (const lossMethod of ['pinball', 'huber?delta=-1', 'mse?std=1', 'mse?floor=0', 'zptae?std']) {
      const body = { ...topicBody(creator, 'w'), lossMethod };
      expect(await post(app, '/v1/topics', body), lossMethod).toMatchObject({
        status: 422,
        body: { code: 'INVALID_TOPIC_PARAMS', violations: [{ field: 'lossMethod', value: lossMethod }] },
      });
    }
    const body = topicBody(creator, 'w');
    expect(await post(app, '/v1/topics', { ...body, metadata: 'another' })).toMatchObject({
      status: 401,
      body: { code: 'BAD_SIGNATURE' },
    });
    expect(await post(app, '/v1/topics', { ...body, metadata: 'é'.repeat(128) })).toMatchObject({
      status: 400,
    });
    expect(await post(app, '/v1/topics', { ...body, lossMethod: '' })).toMatchObject({ status: 400 });
    expect(await post(app, '/v1/topics', { ...body, surprise: 1 })).toMatchObject({ status: 400 });
    expect(
      await post(app, '/v1/topics', { ...body, params: { ...topicParams, pNorm: undefined } }),
    ).toMatchObject({
      body: { code: 'MALFORMED', errors: [{ path: 'params.pNorm' }] },
    });
  });

  it('a registration holds from its answer on, and is told once', async () => {
    const worker = createAccount();
    const body = registrationBody(worker, 1, 'worker');
    const first = await post(app, '/v1/topics/1/registrations', body);
    expect(first).toEqual({
      status: 201,
      body: { topicId: 1, address: worker.address, role: 'worker', height: 0, shadow: false },
    });
    expect(await post(app, '/v1/topics/1/registrations', body)).toEqual({ ...first, status: 200 });
    const asked = { topicId: 1, address: worker.address, role: Role.WORKER };
    expect((await channel.client.getRegistration(asked)).registration).toMatchObject(asked);
    expect(
      (await channel.client.getRegistration({ ...asked, role: Role.REPUTER })).registration,
    ).toBeUndefined();
    await post(app, '/v1/topics/1/registrations', registrationBody(worker, 1, 'reputer'));
    await until(() => heard.registrations.length === 2);
    expect(heard.registrations).toEqual([`1 ${worker.address} WORKER`, `1 ${worker.address} REPUTER`]);
  });

  it('a registration elsewhere, or of somebody else, is refused', async () => {
    const [worker, thief] = [createAccount(), createAccount()];
    const unknown = await post(app, '/v1/topics/77/registrations', registrationBody(worker, 77, 'worker'));
    expect(unknown).toMatchObject({ status: 404, body: { code: 'UNKNOWN_TOPIC' } });
    const other = await post(app, '/v1/topics/2/registrations', registrationBody(worker, 1, 'worker'));
    expect(other).toMatchObject({ status: 401, body: { code: 'BAD_SIGNATURE' } });
    const stolen = { ...registrationBody(thief, 1, 'worker'), address: worker.address };
    expect(await post(app, '/v1/topics/1/registrations', stolen)).toMatchObject({
      body: { code: 'BAD_SIGNATURE' },
    });
    expect(await post(app, '/v1/topics/x/registrations', {})).toMatchObject({ status: 400 });
  });

  it('windows are those whose opening was told and whose closing was not', async () => {
    await advance(10);
    const windows = await get(app, '/v1/topics/1/windows');
    // Nonces 1, 5, 9; worker windows of two blocks, reputer windows [nonce + 5, nonce + 8).
    expect(windows.body).toEqual({
      topicId: 1,
      height: 10,
      windows: [
        { nonce: 5, role: 'reputer', stage: 'submit', openedHeight: 10, closesHeight: 13 },
        { nonce: 9, role: 'worker', stage: 'submit', openedHeight: 9, closesHeight: 11 },
      ],
    });
    const open = await channel.client.getWindow({ topicId: 1, nonce: 9, role: Role.WORKER });
    expect(open).toEqual({
      window: { topicId: 1, nonce: 9, role: Role.WORKER, stage: SUBMIT, openedHeight: 9, closesHeight: 11 },
      params: topicParams,
    });
    expect(
      (await channel.client.getWindow({ topicId: 1, nonce: 5, role: Role.WORKER })).window,
    ).toBeUndefined();
    expect(
      (await channel.client.getWindow({ topicId: 77, nonce: 5, role: Role.WORKER })).params,
    ).toBeUndefined();
    expect((await channel.client.getTopic({ topicId: 1 })).topic).toEqual(heard.topics[0]);
    expect((await channel.client.getTopic({ topicId: 77 })).topic).toBeUndefined();
    expect(await get(app, '/v1/topics/77/windows')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_TOPIC' },
    });
  });

  it('only the operator moves the clock, and only forwards', async () => {
    expect(await post(app, '/v1/clock/advance', { height: 11 })).toMatchObject({
      body: { code: 'NOT_AUTHORIZED' },
    });
    const wrong = { authorization: 'Bearer another' };
    expect(await post(app, '/v1/clock/advance', { height: 11 }, wrong)).toMatchObject({ status: 401 });
    expect(await advance(9)).toMatchObject({ status: 409, body: { code: 'CLOCK_BACKWARDS', height: 10 } });
    expect(await advance(10)).toEqual({ status: 200, body: { height: 10 } });
    await expect(channel.client.advanceClock({ height: 11 })).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED',
    });
    const headers = { authorization: `Bearer ${adminToken}` };
    expect(await channel.client.advanceClock({ height: 11 }, { headers })).toEqual({ height: 11 });
  });

  it('a topic made later begins with the next height', async () => {
    const { body } = await post(app, '/v1/topics', topicBody(creator, 'later'));
    expect(body['createdHeight']).toBe(11);
    await advance(12);
    expect((await get(app, `/v1/topics/${String(body['id'])}/windows`)).body['windows']).toMatchObject([
      { nonce: 12, role: 'worker', closesHeight: 14 },
    ]);
  });

  it('have a least fee of inferences where their creator says so', async () => {
    const asking = { ...topicBody(creator, 'fee', { minInferenceFeeUallo: '1000' }) };
    expect(await post(app, '/v1/topics', asking)).toMatchObject({
      status: 201,
      body: { params: { minInferenceFeeUallo: '1000' } },
    });
    for (const minInferenceFeeUallo of ['-1', '1.5', '01', '', '1'.repeat(39)]) {
      const body = topicBody(creator, 'odd', { minInferenceFeeUallo });
      expect(await post(app, '/v1/topics', body)).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
    }
  });

  describe('with reveals', () => {
    let topicId: number;
    // Created at 12, so the first nonce is 13: commitments [13, 15), reveals [15, 16), losses [18, 21).
    beforeAll(async () => {
      const { status, body } = await post(
        app,
        '/v1/topics',
        topicBody(creator, 'reveals', { revealWindowBlocks: 1 }),
      );
      expect({ status, params: body['params'] }).toEqual({
        status: 201,
        params: { ...topicParams, revealWindowBlocks: 1 },
      });
      topicId = body['id'] as number;
    });

    const worker = async () => {
      const { body } = await get(app, `/v1/topics/${topicId}/windows`);
      return (body['windows'] as Record<string, unknown>[]).filter(({ role }) => role === 'worker');
    };
    const window = async (nonce: number, role = Role.WORKER) =>
      (await channel.client.getWindow({ topicId, nonce, role })).window;

    it.each([
      [12, []],
      [13, [{ nonce: 13, role: 'worker', stage: 'commit', openedHeight: 13, closesHeight: 15 }]],
      [14, [{ nonce: 13, role: 'worker', stage: 'commit', openedHeight: 13, closesHeight: 15 }]],
      [15, [{ nonce: 13, role: 'worker', stage: 'reveal', openedHeight: 15, closesHeight: 16 }]],
      [16, []],
      [17, [{ nonce: 17, role: 'worker', stage: 'commit', openedHeight: 17, closesHeight: 19 }]],
    ])('at %i', async (height, expected) => {
      await advance(height);
      expect(await worker()).toEqual(expected);
    });

    it('a window is asked for by nonce, whatever is taken in it', async () => {
      expect(await window(17)).toMatchObject({ stage: COMMIT, closesHeight: 19 });
      await advance(19);
      expect(await window(17)).toMatchObject({ stage: REVEAL, openedHeight: 19, closesHeight: 20 });
      expect(await window(13)).toBeUndefined();
      expect(await window(13, Role.REPUTER)).toMatchObject({ stage: SUBMIT, closesHeight: 21 });
    });

    it('are told as a turn of their own, before the worker window closes', async () => {
      const told = () =>
        heard.epochs.filter((event) => event.topicId === topicId && event.nonce === 13).map(brief);
      await advance(21);
      await until(() => told().length === 5);
      expect(told()).toEqual([
        '13 WORKER_WINDOW_OPENED 13',
        '15 REVEAL_WINDOW_OPENED 13',
        '16 WORKER_WINDOW_CLOSED 13',
        '18 REPUTER_WINDOW_OPENED 13',
        '21 REPUTER_WINDOW_CLOSED 13',
      ]);
      const opened = heard.epochs.filter((event) => event.topicId === topicId && event.nonce === 13);
      expect(opened.map(({ closesHeight }) => closesHeight)).toEqual([15, 16, 16, 21, 21]);
    });

    it('left out of the form are none; too long ones are refused', async () => {
      const { revealWindowBlocks, ...without } = topicBody(creator, 'none').params;
      expect(revealWindowBlocks).toBe(0);
      const body = topicBody(creator, 'none');
      expect(await post(app, '/v1/topics', { ...body, params: without })).toMatchObject({
        status: 201,
        body: { params: topicParams },
      });
      expect(await post(app, '/v1/topics', topicBody(creator, 'x', { revealWindowBlocks: 3 }))).toMatchObject(
        {
          status: 422,
          body: {
            code: 'INVALID_TOPIC_PARAMS',
            violations: [
              {
                field: 'revealWindowBlocks',
                value: 3,
                bound: 'at most epochLengthBlocks less workerWindowBlocks',
              },
            ],
          },
        },
      );
    });
  });
});
