import { EpochPhase, Role, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Ledger,
  listen,
  openCoordinatorStage,
  post,
  standingBody,
  topicBody,
  until,
} from './coordinator-harness';

describe('shadows', () => {
  const stage = openCoordinatorStage();
  const worker = createAccount();
  let ledger: Ledger;
  let app: RunningApp;
  let heard: Awaited<ReturnType<typeof listen>>;

  beforeEach(async () => {
    ledger = new Ledger();
    app = await stage.start({ maxTopicShadows: 2 }, undefined, ledger);
    heard = await listen(app);
    await post(app, '/v1/topics', topicBody(createAccount(), 'a'));
  });

  const register = (asked: { shadow?: boolean; requestId?: string }, author = worker) =>
    post(app, '/v1/topics/1/registrations', standingBody(author, 1, 'worker', asked));
  const advance = (height: number) => post(app, '/v1/clock/advance', { height });

  /** By nonce, of each worker window that was closed up to the height: windows are [n, n + 2) for n = 1, 5, 9, … */
  const shadowsUpTo = async (height: number): Promise<Record<number, string[]>> => {
    await advance(height);
    const closed = () => heard.epochs.filter(({ phase }) => phase === EpochPhase.WORKER_WINDOW_CLOSED);
    await until(() => closed().length === Math.floor((height - 3) / 4) + 1);
    return Object.fromEntries(closed().map(({ nonce, shadows }) => [nonce, shadows]));
  };

  it('are told with the epochs they are shadows in: a change counts from the next one on', async () => {
    const first = await register({ shadow: true });
    expect(first).toMatchObject({ status: 201, body: { role: 'worker', height: 0, shadow: true } });
    expect(await register({ shadow: true })).toEqual({ ...first, status: 200 });
    await advance(5);
    // The window of 5 is open: it stays the shadow of this epoch.
    const promoted = await register({ requestId: 'promote' });
    expect(promoted).toMatchObject({ status: 200, body: { height: 5, shadow: false } });
    await shadowsUpTo(12);
    expect(await register({ shadow: true, requestId: 'demote' })).toMatchObject({ body: { height: 12 } });
    const { address } = worker;
    expect(await shadowsUpTo(19)).toEqual({
      1: [address],
      5: [address],
      9: [],
      13: [address],
      17: [address],
    });
    await until(() => heard.registrations.length === 3);
    expect(ledger.asked.filter((fee) => fee === 'registration')).toHaveLength(1);
  });

  it('join an open epoch at once, and as many changes as there are count as the last before a window', async () => {
    const [full, late] = [createAccount(), createAccount()];
    await register({}, full);
    await advance(5);
    await register({ shadow: true }, late);
    await register({ shadow: true, requestId: 'there' }, full);
    await register({ requestId: 'and-back' }, full);
    await advance(6);
    await register({ shadow: true, requestId: 'there-again' }, full);
    const both = [full.address, late.address].sort();
    expect(await shadowsUpTo(11)).toEqual({ 1: [], 5: [late.address], 9: both });
  });

  it('change by a request id only, which an old signature cannot use again', async () => {
    await register({ shadow: true });
    expect(await register({})).toMatchObject({
      status: 409,
      body: { code: 'OTHER_STANDING', shadow: true, remedy: expect.stringContaining('request id') },
    });
    const promoted = await register({ requestId: 'promote' });
    await register({ shadow: true, requestId: 'demote' });
    expect(await register({ requestId: 'promote' })).toEqual(promoted);
    const channel = openGrpcChannel(TopicCoordinatorService, () => app.grpcAddress);
    stage.open.push(channel);
    const place = { topicId: 1, address: worker.address, role: Role.WORKER };
    expect((await channel.client.getRegistration(place)).registration?.shadow).toBe(true);
    expect(await register({ requestId: 'demote' })).toMatchObject({ body: { code: 'CONFLICTING_REPEAT' } });
    expect(await register({ shadow: true })).toMatchObject({ status: 200, body: { shadow: true } });
  });

  it('are workers, and no more than a topic takes', async () => {
    const reputer = standingBody(worker, 1, 'reputer', { shadow: true });
    expect(await post(app, '/v1/topics/1/registrations', reputer)).toMatchObject({
      body: { code: 'MALFORMED', errors: [{ path: 'shadow' }] },
    });
    const unsigned = { ...standingBody(worker, 1, 'worker', {}), shadow: true };
    expect(await post(app, '/v1/topics/1/registrations', unsigned)).toMatchObject({
      body: { code: 'BAD_SIGNATURE' },
    });
    for (const author of [createAccount(), createAccount()])
      expect(await register({ shadow: true }, author)).toMatchObject({ status: 201 });
    expect(await register({ shadow: true })).toMatchObject({
      status: 409,
      body: { code: 'TOO_MANY_SHADOWS' },
    });
    expect(await register({})).toMatchObject({ status: 201 });
    expect(ledger.asked.filter((fee) => fee === 'registration')).toHaveLength(3);
  });
});
