import { createAccount } from '@allora/identity/account';
import { epochTurns, TURN_PHASES } from '@allora/protocol/epoch/window';
import type { RunningApp } from '@allora/service-kit/app';
import { ManualClock } from '@allora/service-kit/clock';
import { describe, expect, it, vi } from 'vitest';
import { BlockClock } from '../src/block-clock';
import { EpochsStore } from '../src/epochs.store';
import { epochPhases } from '../src/proto';
import {
  brief,
  get,
  kafkaSettings,
  listen,
  openCoordinatorStage,
  post,
  topicBody,
  topicParams,
  until,
} from './coordinator-harness';

/** Every turn of a topic created at block 0, as it must be told up to the height. */
const allTurns = (height: number) =>
  epochTurns(
    { firstNonce: 1, params: topicParams },
    { fromHeightExclusive: 0, toHeightInclusive: height },
  ).map((turn) =>
    brief({ ...turn, phase: epochPhases[turn.phase], topicId: 1, params: undefined, atMs: 0, shadows: [] }),
  );

describe('the block clock', () => {
  const { start, open } = openCoordinatorStage();

  const creator = createAccount();
  const advance = (app: RunningApp, height: number) => post(app, '/v1/clock/advance', { height });
  const told = (heard: Awaited<ReturnType<typeof listen>>, topicId = 1) =>
    heard.epochs.filter((event) => event.topicId === topicId).map(brief);

  it('by hand tells every turn in order, however large the steps', async () => {
    const app = await start({ maxStepBlocks: 7 });
    const heard = await listen(app);
    await post(app, '/v1/topics', topicBody(creator, 'a'));
    await post(app, '/v1/topics', topicBody(creator, 'b'));
    for (const height of [1, 2, 3, 3, 30, 100]) expect((await advance(app, height)).body).toEqual({ height });
    await until(
      () => told(heard, 1).length >= allTurns(100).length && told(heard, 2).length >= allTurns(100).length,
    );
    expect(told(heard, 1)).toEqual(allTurns(100));
    expect(told(heard, 2)).toEqual(allTurns(100));
    expect(heard.epochs[0]).toMatchObject({ params: topicParams, closesHeight: 3 });
  });

  it('tells of no turn of any phase before the first, so that rates see the first', async () => {
    const app = await start();
    const page = await (await fetch(`${app.httpUrl}/metrics`)).text();
    const counts = page.match(/^allora_topic_coordinator_turn_delay_seconds_count.*$/gm);
    expect(counts?.sort()).toEqual(
      TURN_PHASES.map(
        (phase) => `allora_topic_coordinator_turn_delay_seconds_count{phase="${phase}"} 0`,
      ).sort(),
    );
  });

  it('goes on after a failure at the same height, and tells nothing twice', async () => {
    const app = await start();
    const heard = await listen(app);
    for (const id of ['a', 'b', 'c']) await post(app, '/v1/topics', topicBody(creator, id));
    await advance(app, 5);
    const store = app.get(EpochsStore);
    const record = store.recordTurns.bind(store);
    vi.spyOn(store, 'recordTurns').mockImplementation(async (tx, topicId, turns) => {
      await record(tx, topicId, turns);
      if (topicId === 2) throw new Error('the power went');
    });
    expect((await advance(app, 12)).status).toBe(500);
    await until(() => told(heard, 3).length === allTurns(12).length);
    expect(told(heard, 2)).toEqual(allTurns(5));
    vi.restoreAllMocks();
    expect((await advance(app, 12)).status).toBe(200);
    await until(() => told(heard, 2).length >= allTurns(12).length);
    for (const topicId of [1, 2, 3]) expect(told(heard, topicId)).toEqual(allTurns(12));
  });

  it('tells at the next start what a crash left untold', async () => {
    const first = await start();
    await post(first, '/v1/topics', topicBody(creator, 'a'));
    vi.spyOn(first.get(EpochsStore), 'recordTurns').mockRejectedValue(new Error('killed'));
    expect((await advance(first, 9)).status).toBe(500);
    await first.close();
    vi.restoreAllMocks();
    open.splice(0);
    const second = await start();
    const heard = await listen(second);
    await until(() => told(heard).length >= allTurns(9).length);
    expect(told(heard)).toEqual(allTurns(9));
  });

  it('by hand does not move a clock that follows the time of day', async () => {
    const app = await start({ clock: 'wall' });
    expect(await advance(app, 1)).toMatchObject({ status: 409, body: { code: 'CLOCK_NOT_MANUAL' } });
  });

  const genesisMs = Date.parse('2026-01-01T00:00:00Z');
  const wall = {
    clock: 'wall',
    genesisTime: '2026-01-01T00:00:00Z',
    blockIntervalMs: 20,
    maxStepBlocks: 10,
  } as const;

  it('follows the time of day, and catches up after a pause', async () => {
    const clock = new ManualClock(genesisMs + 19);
    const app = await start(wall, clock);
    const heard = await listen(app);
    await post(app, '/v1/topics', topicBody(creator, 'a'));
    expect((await get(app, '/v1/topics/1/windows')).body).toEqual({ topicId: 1, height: 0, windows: [] });
    clock.advance(1);
    await until(() => told(heard).length === 1);
    expect(told(heard)).toEqual(allTurns(1));
    clock.advance(20 * 199);
    await until(() => told(heard).length >= allTurns(200).length);
    expect(told(heard)).toEqual(allTurns(200));
  });

  it('is moved by one replica at a time, and by another when that one stops', async () => {
    const clock = new ManualClock(genesisMs);
    const settings = { ...wall, ...(await kafkaSettings()) };
    const [one, two] = [await start(settings, clock), await start(settings, clock)];
    const heard = await listen(one);
    await post(one, '/v1/topics', topicBody(creator, 'a'));
    for (let block = 0; block < 50; block += 1) {
      clock.advance(20);
      await Promise.all([one.get(BlockClock).tick(), two.get(BlockClock).tick()]);
    }
    await until(() => told(heard).length >= allTurns(50).length);
    await open.shift()!.close();
    const after = await listen(two);
    clock.advance(20 * 50);
    await until(() => heard.epochs.length + after.epochs.length >= allTurns(100).length);
    expect([...told(heard), ...told(after)]).toEqual(allTurns(100));
  });

  it('does not start on another genesis than the network has', async () => {
    const app = await start(wall, new ManualClock(genesisMs));
    await open.shift()!.close();
    expect(app).toBeDefined();
    const other = start({ ...wall, genesisTime: '2026-01-02T00:00:00Z' }, new ManualClock(genesisMs));
    await expect(other).rejects.toThrow('this network began at 2026-01-01T00:00:00.000Z');
  });
});
