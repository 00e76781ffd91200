import {
  type OpenWindow,
  Role,
  TopicCoordinatorService,
  WindowStage,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { describe, expect, it, vi } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { EpochsStore } from '../src/epochs.store';
import { WindowFeed } from '../src/window-feed';
import { get, kafkaSettings, openCoordinatorStage, post, topicBody, until } from './coordinator-harness';
import { openWindowEvents } from './window-streams';

/** So rare that what is seen in time was announced. */
const noPoll = { windowsPollMs: 60_000 } as const;

describe('windows as a stream', () => {
  const { start, open } = openCoordinatorStage();
  const follow = async (app: RunningApp, topicId = 1, headers: Record<string, string> = {}) => {
    const stream = await openWindowEvents(app, topicId, headers);
    open.push({ close: stream.leave });
    return stream;
  };
  const channelTo = (app: RunningApp) => {
    const channel = openGrpcChannel(TopicCoordinatorService, () => app.grpcAddress);
    open.push(channel);
    return channel.client;
  };

  const creator = createAccount();
  const createTopic = (app: RunningApp, change: Parameters<typeof topicBody>[2] = {}, requestId = 'a') =>
    post(app, '/v1/topics', topicBody(creator, requestId, change));
  const advance = (app: RunningApp, height: number) => post(app, '/v1/clock/advance', { height });

  // Nonces 1, 5, 9; worker windows [nonce, nonce + 2), reputer windows [nonce + 5, nonce + 8).
  const atOne = { id: '1', windows: ['worker 1 submit until 3'] };
  const atThree = { id: '3', windows: [] };
  const atSix = { id: '6', windows: ['reputer 1 submit until 9', 'worker 5 submit until 7'] };

  it('tells the state at once, and each other one', async () => {
    const app = await start(noPoll);
    await createTopic(app);
    const { response, events } = await follow(app);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await until(() => events.length === 1);
    for (const height of [1, 2, 3, 6]) {
      await advance(app, height);
      // The announcement does not wait for its listeners.
      await until(() => height === 2 || events.at(-1)?.id === String(height));
    }
    expect(events).toEqual([{ id: '0', windows: [] }, atOne, atThree, atSix]);
    const polled = await get(app, '/v1/topics/1/windows');
    expect(polled.body).toMatchObject({ height: 6, windows: [{ nonce: 1, role: 'reputer' }, { nonce: 5 }] });
  });

  it('tells when commitments end and reveals begin', async () => {
    const app = await start(noPoll);
    await createTopic(app, { revealWindowBlocks: 1 });
    await advance(app, 1);
    const { events } = await follow(app);
    for (const height of [3, 4]) {
      await advance(app, height);
      await until(() => events.at(-1)?.id === String(height));
    }
    expect(events).toEqual([
      { id: '1', windows: ['worker 1 commit until 3'] },
      { id: '3', windows: ['worker 1 reveal until 4'] },
      { id: '4', windows: [] },
    ]);
  });

  it.each([
    ['announced over Redis', async () => ({ ...noPoll, ...(await redis()) })],
    ['found by the poll where no cache is shared', async () => ({ windowsPollMs: 30 })],
  ])('is the same at a replica that does not tell the turns: %s', async (_, settings) => {
    const shared = { ...(await kafkaSettings()), ...(await settings()) };
    const [teller, other] = [await start(shared), await start(shared)];
    await createTopic(teller);
    const { events } = await follow(other);
    const grpc = channelTo(other).streamWindows({ topicId: 1 });
    const heard: OpenWindow[][] = [];
    const reading = (async () => {
      for await (const { windows } of grpc) heard.push(windows);
    })();
    open.push({ close: () => grpc.cancel() });
    await until(() => events.length === 1 && heard.length === 1);
    for (const height of [1, 3, 6]) {
      await advance(teller, height);
      await until(() => events.at(-1)?.id === String(height));
    }
    expect(events).toEqual([{ id: '0', windows: [] }, atOne, atThree, atSix]);
    await until(() => heard.length === 4);
    const submit = { topicId: 1, stage: WindowStage.SUBMIT };
    expect(heard).toEqual([
      [],
      [{ ...submit, nonce: 1, role: Role.WORKER, openedHeight: 1, closesHeight: 3 }],
      [],
      [
        { ...submit, nonce: 1, role: Role.REPUTER, openedHeight: 6, closesHeight: 9 },
        { ...submit, nonce: 5, role: Role.WORKER, openedHeight: 5, closesHeight: 7 },
      ],
    ]);
    grpc.cancel();
    await reading;
  });

  it('begins again with the present state, whatever was seen before', async () => {
    const app = await start(noPoll);
    await createTopic(app);
    await advance(app, 1);
    const first = await follow(app);
    await until(() => first.events.length === 1);
    first.leave();
    await first.ended;
    await advance(app, 6);
    const second = await follow(app, 1, { 'last-event-id': '1' });
    await until(() => second.events.length === 1);
    expect(second.events).toEqual([atSix]);
    const same = await follow(app, 1, { 'last-event-id': '6' });
    await until(() => same.events.length === 1);
    expect(same.events).toEqual([atSix]);
  });

  it('of an unknown topic is refused before it begins', async () => {
    const app = await start();
    const { response } = await openWindowEvents(app, 77);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'UNKNOWN_TOPIC', topicId: 77 });
    const grpc = channelTo(app).streamWindows({ topicId: 77 });
    await expect(grpc[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    expect((await openWindowEvents(app, 0)).response.status).toBe(400);
    await until(async () => (await followers(app)) === 0);
  });

  it('is for so many at once; who leaves makes room', async () => {
    const app = await start({ maxWindowStreams: 2 });
    await createTopic(app);
    const streams = [await follow(app), await follow(app)];
    const refused = await openWindowEvents(app, 1);
    expect(refused.response.status).toBe(503);
    expect(await refused.response.json()).toMatchObject({ code: 'UNAVAILABLE' });
    streams[0]!.leave();
    await until(async () => (await followers(app)) === 1);
    expect((await follow(app)).response.status).toBe(200);
  });

  it('is read once for all who follow a topic', async () => {
    const app = await start(noPoll);
    await createTopic(app);
    const read = vi.spyOn(app.get(EpochsStore), 'openWindows');
    const streams = await Promise.all(Array.from({ length: 200 }, () => follow(app)));
    await until(() => streams.every(({ events }) => events.length === 1));
    expect(read).toHaveBeenCalledTimes(1);
    await advance(app, 1);
    await until(() => streams.every(({ events }) => events.length === 2));
    expect(read).toHaveBeenCalledTimes(2);
    for (const { events } of streams) expect(events[1]).toEqual(atOne);
    for (const { leave } of streams) leave();
    await until(async () => (await followers(app)) === 0);
    await advance(app, 6);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('cuts off who does not read, and nobody else', async () => {
    const app = await start({ ...noPoll, slowReaderBytes: 65_536 });
    await createTopic(app);
    let height = 0;
    vi.spyOn(app.get(EpochsStore), 'openWindows').mockImplementation(async () =>
      Array.from({ length: 400 }, (_, nonce) => ({
        ...{ topicId: 1, nonce, role: Role.WORKER, stage: WindowStage.SUBMIT },
        ...{ openedHeight: height, closesHeight: height + 1 },
      })),
    );
    const reader = await follow(app);
    const slow = await fetch(`${app.httpUrl}/v1/topics/1/windows`, {
      headers: { accept: 'text/event-stream' },
    });
    const slowGrpc = channelTo(app).streamWindows({ topicId: 1 });
    const first = await slowGrpc[Symbol.asyncIterator]().next();
    expect(first.done).toBe(false);
    await until(async () => (await followers(app)) === 3);
    const feed = app.get(WindowFeed);
    await until(async () => {
      height += 1;
      feed.announce(1);
      await until(() => (reader.events.at(-1)?.windows[0] ?? '').endsWith(` ${height + 1}`));
      return (await followers(app)) === 1;
    });
    await expect(
      (async () => {
        for await (const answer of slowGrpc) expect(answer.windows).toHaveLength(400);
      })(),
    ).rejects.toMatchObject({ code: 'SLOW_READER' });
    // It ends, and before the latest state.
    const read = await slow.text().catch(() => '');
    expect(read.includes(`"closesHeight":${height + 1}}`)).toBe(false);
    height += 1;
    feed.announce(1);
    await until(() => (reader.events.at(-1)?.windows[0] ?? '').endsWith(` ${height + 1}`));
  });

  it('ends when its replica stops, without keeping it', async () => {
    const app = await start(noPoll);
    await createTopic(app);
    const stream = await follow(app);
    const grpc = channelTo(app).streamWindows({ topicId: 1 });
    const answers = grpc[Symbol.asyncIterator]();
    await answers.next();
    await until(() => stream.events.length === 1);
    const startedMs = Date.now();
    const [stopped, ended, cut] = await Promise.allSettled([app.close(), stream.ended, answers.next()]);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    expect(stopped).toEqual({ status: 'fulfilled', value: true });
    expect(ended).toMatchObject({ value: 'ended' });
    expect(cut).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
  });

  it('survives a reading that fails: the poll tries again', async () => {
    const app = await start({ windowsPollMs: 30 });
    await createTopic(app);
    const { events } = await follow(app);
    await until(() => events.length === 1);
    const read = vi.spyOn(app.get(EpochsStore), 'openWindows').mockRejectedValue(new Error('no database'));
    await advance(app, 1);
    await until(() => read.mock.calls.length > 3);
    read.mockRestore();
    await until(() => events.length === 2);
    expect(events[1]).toEqual(atOne);
  });

  it('is JSON for who does not ask for events', async () => {
    const app = await start();
    await createTopic(app);
    for (const accept of ['application/json', '*/*', 'text/html,application/json;q=0.9']) {
      const response = await fetch(`${app.httpUrl}/v1/topics/1/windows`, { headers: { accept } });
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toEqual({ topicId: 1, height: 0, windows: [] });
    }
  });
});

async function redis() {
  const { redisUrl } = await ensureStack({ parts: ['redis'] });
  return { redisUrl };
}

async function followers(app: RunningApp): Promise<number> {
  const text = await (await fetch(`${app.httpUrl}/metrics`)).text();
  return Number(/^allora_topic_coordinator_window_streams(?:\{.*\})? (\d+)$/m.exec(text)?.[1]);
}
