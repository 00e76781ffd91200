import type { BlocksTold } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { ManualClock } from '@allora/service-kit/clock';
import { describe, expect, it, vi } from 'vitest';
import { BlockClock } from '../src/block-clock';
import { ClockStore } from '../src/clock.store';
import { EpochsStore } from '../src/epochs.store';
import { kafkaSettings, listen, openCoordinatorStage, post, topicBody, until } from './coordinator-harness';

const range = ({ fromHeightExclusive, toHeight }: BlocksTold) => `${fromHeightExclusive}-${toHeight}`;
const ended = ({ ended: epochs }: BlocksTold) =>
  epochs.map(({ topicId, nonce, height }) => `${height}: ${nonce} of ${topicId}`);

/** Epochs of topics of the harness's lengths, created at block 0, that ended up to the height. */
function allEnded(topicIds: readonly number[], height: number): string[] {
  const heights = Array.from({ length: Math.max(0, Math.floor((height - 9) / 4) + 1) }, (_, i) => 9 + 4 * i);
  return heights.flatMap((at) => topicIds.map((topicId) => `${at}: ${at - 8} of ${topicId}`));
}

/** That each block is in one record, in order, from block 0 on. */
function expectWhole(blocks: readonly BlocksTold[], height: number): void {
  const ends = blocks.map(({ toHeight }) => toHeight);
  expect(blocks.map(({ fromHeightExclusive }) => fromHeightExclusive)).toEqual([0, ...ends.slice(0, -1)]);
  expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  expect(ends.at(-1)).toBe(height);
  // What ended before is paid before these are.
  for (const { settledHeight, fromHeightExclusive } of blocks)
    expect(settledHeight).toBe(fromHeightExclusive);
}

describe('the blocks of the network', () => {
  const { start, open } = openCoordinatorStage();

  const creator = createAccount();
  const advance = (app: RunningApp, height: number) => post(app, '/v1/clock/advance', { height });

  it('are told from block 0 on, a step at a time, with the epochs that ended', async () => {
    const app = await start();
    const heard = await listen(app);
    await advance(app, 0);
    for (const id of ['a', 'b']) await post(app, '/v1/topics', topicBody(creator, id));
    for (const height of [1, 2, 2, 9, 50]) await advance(app, height);
    await until(() => heard.blocks.at(-1)?.toHeight === 50);
    expect(heard.blocks.map(range)).toEqual(['0-1', '1-2', '2-9', '9-50']);
    expect(heard.blocks.map(ended).slice(0, 3)).toEqual([[], [], ['9: 1 of 1', '9: 1 of 2']]);
    expect(heard.blocks.flatMap(ended)).toEqual(allEnded([1, 2], 50));
    expect(heard.blocks[2]?.ended[0]).toEqual({ topicId: 1, nonce: 1, height: 9, epochLengthBlocks: 4 });
  });

  it('are told in records of a size that the log takes, a block at least in each', async () => {
    const app = await start({ maxEndedEpochs: 2 });
    const heard = await listen(app);
    for (const id of ['a', 'b', 'c']) await post(app, '/v1/topics', topicBody(creator, id));
    await advance(app, 19);
    await until(() => heard.blocks.at(-1)?.toHeight === 19);
    expect(heard.blocks.map(range)).toEqual(['0-8', '8-9', '9-12', '12-13', '13-16', '16-17', '17-19']);
    expect(heard.blocks.flatMap(ended)).toEqual(allEnded([1, 2, 3], 19));
  });

  it('wait for every topic: what one failed to tell is told with its blocks', async () => {
    const app = await start();
    const heard = await listen(app);
    for (const id of ['a', 'b']) await post(app, '/v1/topics', topicBody(creator, id));
    await advance(app, 8);
    const store = app.get(EpochsStore);
    const record = store.recordTurns.bind(store);
    vi.spyOn(store, 'recordTurns').mockImplementation(async (tx, topicId, turns) => {
      if (topicId === 1) throw new Error('the power went');
      await record(tx, topicId, turns);
    });
    expect((await advance(app, 14)).status).toBe(500);
    vi.restoreAllMocks();
    expect((await advance(app, 14)).status).toBe(200);
    await until(() => heard.blocks.at(-1)?.toHeight === 14);
    expect(heard.blocks.map(range)).toEqual(['0-8', '8-14']);
    expect(heard.blocks.flatMap(ended)).toEqual(allEnded([1, 2], 14));
  });

  it.each(['heldBlocksToldHeight', 'recordBlocksTold'] as const)(
    'are told at the next start when a crash came between the topics and them, at %s',
    async (place) => {
      const first = await start();
      await post(first, '/v1/topics', topicBody(creator, 'a'));
      await advance(first, 5);
      vi.spyOn(first.get(ClockStore), place).mockRejectedValue(new Error('killed'));
      expect((await advance(first, 20)).status).toBe(500);
      await first.close();
      vi.restoreAllMocks();
      open.splice(0);
      const second = await start();
      const heard = await listen(second);
      await advance(second, 21);
      await until(() => heard.blocks.at(-1)?.toHeight === 21);
      expect(heard.blocks.map(range)).toEqual(['0-5', '5-20', '20-21']);
      expect(heard.blocks.flatMap(ended)).toEqual(allEnded([1], 21));
    },
  );

  it('are told once by two replicas that step at the same time', async () => {
    const genesisMs = Date.parse('2026-01-01T00:00:00Z');
    const clock = new ManualClock(genesisMs);
    const wall = { clock: 'wall', genesisTime: '2026-01-01T00:00:00Z', blockIntervalMs: 20 } as const;
    const settings = { ...wall, maxStepBlocks: 3, ...(await kafkaSettings()) };
    const [one, two] = [await start(settings, clock), await start(settings, clock)];
    // A lease that both believe to hold, as after a pause longer than it.
    for (const app of [one, two]) vi.spyOn(app.get(ClockStore), 'holdLease').mockResolvedValue(true);
    const heard = await listen(one);
    for (const id of ['a', 'b']) await post(one, '/v1/topics', topicBody(creator, id));
    for (let step = 1; step <= 40; step += 1) {
      clock.advance(20 * (step % 5));
      await Promise.all([one.get(BlockClock).tick(), two.get(BlockClock).tick()]);
    }
    const height = (clock.nowMs() - genesisMs) / 20;
    await until(() => heard.blocks.at(-1)?.toHeight === height);
    expectWhole(heard.blocks, height);
    expect(heard.blocks.flatMap(ended)).toEqual(allEnded([1, 2], height));
    expect(heard.epochs.filter(({ topicId }) => topicId === 1).length).toBe(
      heard.epochs.filter(({ topicId }) => topicId === 2).length,
    );
  });
});
