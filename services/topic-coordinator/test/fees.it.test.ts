import { RefusalError } from '@allora/contracts/errors';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TopicsStore } from '../src/topics.store';
import {
  Ledger,
  listen,
  openCoordinatorStage,
  post,
  registrationBody,
  topicBody,
  topicParams,
  until,
} from './coordinator-harness';

describe('fees', () => {
  let ledger: Ledger;
  let app: RunningApp;
  const stage = openCoordinatorStage();
  const start = async (settings: Parameters<typeof stage.start>[0] = {}) => {
    app = await stage.start(settings, undefined, ledger);
    return app;
  };
  beforeEach(() => {
    ledger = new Ledger();
  });

  const creator = createAccount();
  const worker = createAccount();
  const create = (requestId = 'a', change: Partial<typeof topicParams> = {}) =>
    post(app, '/v1/topics', topicBody(creator, requestId, change));
  const register = (topicId = 1) =>
    post(app, `/v1/topics/${topicId}/registrations`, registrationBody(worker, topicId, 'worker'));

  it('are charged before a topic is created and a participant registered, not again for repeats', async () => {
    await start();
    const heard = await listen(app);
    ledger.feeUallo = '75000';
    const made = await create();
    expect(made).toMatchObject({ status: 201, body: { creationFeeUallo: '75000' } });
    ledger.feeUallo = '200';
    expect(await register()).toMatchObject({ status: 201 });
    expect(await create()).toEqual({ ...made, status: 200 });
    expect(await register()).toMatchObject({ status: 200 });
    expect(ledger.asked).toEqual(['topicCreation', 'registration']);
    await until(() => heard.topics.length === 1 && heard.registrations.length === 1);
    expect(heard.topics[0]).toEqual(made.body);
  });

  it('of nothing are not shown', async () => {
    await start();
    const { body } = await create();
    expect(body).not.toHaveProperty('creationFeeUallo');
  });

  it('are not asked for what is refused anyway', async () => {
    await start();
    expect(await create('a', { pNorm: 9 })).toMatchObject({ body: { code: 'INVALID_TOPIC_PARAMS' } });
    const stolen = { ...topicBody(worker, 'a'), creator: creator.address };
    expect(await post(app, '/v1/topics', stolen)).toMatchObject({ body: { code: 'BAD_SIGNATURE' } });
    expect(await register(7)).toMatchObject({ body: { code: 'UNKNOWN_TOPIC' } });
    expect(ledger.asked).toEqual([]);
    await create();
    expect(await create('a', { pNorm: 4 })).toMatchObject({ body: { code: 'CONFLICTING_REPEAT' } });
    expect(ledger.asked).toEqual(['topicCreation']);
  });

  it('that cannot be paid are refused as the ledger says, and nothing is told', async () => {
    await start();
    await create();
    const heard = await listen(app);
    ledger.refusal = new RefusalError('INSUFFICIENT_BALANCE', 'it holds 3 uallo', { balanceUallo: '3' });
    const refused = {
      status: 409,
      body: { code: 'INSUFFICIENT_BALANCE', detail: 'it holds 3 uallo', balanceUallo: '3' },
    };
    expect(await create('b')).toMatchObject(refused);
    expect(await register()).toMatchObject(refused);
    ledger.refusal = undefined;
    expect(await create('b')).toMatchObject({ status: 201, body: { id: 2 } });
    expect(await register()).toMatchObject({ status: 201 });
    await until(() => heard.topics.length === 2 && heard.registrations.length === 1);
  });

  it('cannot be paid while the ledger is away', async () => {
    await start({ rewardsGrpcAddress: '127.0.0.1:1' });
    expect(await create()).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(await app.database.prisma.topic.count()).toBe(0);
  });

  it('that were paid before a failure are not lost: the same command is charged as the same, and applied', async () => {
    await start();
    ledger.feeUallo = '75000';
    vi.spyOn(app.get(TopicsStore), 'add').mockRejectedValueOnce(new Error('the power went'));
    expect(await create()).toMatchObject({ status: 500 });
    expect(await create()).toMatchObject({ status: 201, body: { id: 1, creationFeeUallo: '75000' } });
    expect(ledger.asked).toEqual(['topicCreation', 'topicCreation']);
  });

  it('are charged for one command when it comes many times at once', async () => {
    await start();
    const answers = await Promise.all(Array.from({ length: 8 }, () => create()));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array<number>(7).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });
});
