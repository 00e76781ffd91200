import { NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { AlloraError } from '@allora/sdk/errors';
import type { Epoch } from '@allora/sdk/types';
import { describe, expect, it } from 'vitest';
import { builtInForecast, settleEpochsOf } from './built-in-forecaster';

const TOPIC = 4;
const CREATED = 100;
const LENGTH = 10;
const rhythm = { epochLengthBlocks: LENGTH, groundTruthLagBlocks: 10, reputerWindowBlocks: 3 };
const inferers = Array.from({ length: 30 }, (_, n) => `allo${String(n).padStart(2, '0')}`);

/** What the gateway would answer at `now`, with everything that it was asked for. */
function publicHistory(options: { readonly pausedAt?: number } = {}) {
  const asked: number[] = [];
  let now = 0;
  const epoch = (topicId: number, nonce: number): Promise<Epoch> => {
    asked.push(nonce);
    if (nonce === options.pausedAt) {
      const fields = {
        code: 'UNKNOWN_EPOCH',
        status: 404,
        detail: 'no such epoch',
        remedy: 'ask for another',
      };
      return Promise.reject(new AlloraError(fields));
    }
    const settled = nonce + rhythm.groundTruthLagBlocks + rhythm.reputerWindowBlocks <= now;
    const losses = inferers.map((worker, n) => ({ worker, loss: n / 10 + Math.sin(nonce + n) / 100 }));
    return Promise.resolve({
      topicId,
      nonce,
      inference: NetworkInference.fromPartial({
        nonce,
        inferers: inferers.map((inferer, n) => ({ inferer, value: String(1_000 + nonce / 10 + n) })),
      }),
      losses: settled
        ? NetworkLosses.fromPartial({ nonce, losses: { combined: 1, inferers: losses } })
        : null,
      scores: null,
      rewards: null,
    });
  };
  const topic = (id: number): Promise<Topic> =>
    Promise.resolve(Topic.fromPartial({ id, params: rhythm, createdHeight: CREATED }));
  const at = (nonce: number) => {
    now = nonce;
    return { topicId: TOPIC, nonce, worker: 'allo', atMs: 0, signal: AbortSignal.timeout(10_000) };
  };
  return { client: { topic, epoch }, asked, at };
}

const nonceOf = (index: number): number => CREATED + 1 + index * LENGTH;

describe('the built-in forecaster of a runner', () => {
  it('says nothing in a young topic, then names the best twelve with their losses', async () => {
    const { client, at } = publicHistory();
    const model = builtInForecast({ client });
    expect(await model.forecast(at(nonceOf(0)))).toEqual([]);
    expect(await model.forecast(at(nonceOf(1)))).toEqual([]);
    const elements = await model.forecast(at(nonceOf(40)));
    expect(elements.map(({ inferer }) => inferer)).toEqual(inferers.slice(0, 12));
    for (const [n, { value }] of elements.entries()) expect(Number(value)).toBeCloseTo(n / 10, 0);
    await model.close();
  });

  it('reads each epoch until it is settled, and none of those before the topic or beyond its memory', async () => {
    const { client, asked, at } = publicHistory();
    const model = builtInForecast({ client, historyEpochs: 30 });
    await model.forecast(at(nonceOf(20)));
    expect([...asked]).toEqual(Array.from({ length: 20 }, (_, n) => nonceOf(n)));
    asked.length = 0;
    await model.forecast(at(nonceOf(21)));
    expect(asked).toEqual([nonceOf(19), nonceOf(20)]);
    asked.length = 0;
    await builtInForecast({ client, historyEpochs: 30 }).forecast(at(nonceOf(90)));
    expect(asked).toHaveLength(30);
    expect(asked[0]).toBe(nonceOf(60));
  });

  it('says the same after a restart', async () => {
    const { client, at } = publicHistory();
    const running = builtInForecast({ client });
    for (let index = 0; index < 30; index += 1) await running.forecast(at(nonceOf(index)));
    expect(await builtInForecast({ client }).forecast(at(nonceOf(30)))).toEqual(
      await running.forecast(at(nonceOf(30))),
    );
  });

  it('passes over a pause of the topic, and tries again where the network was away', async () => {
    const paused = publicHistory({ pausedAt: nonceOf(12) });
    expect(await builtInForecast(paused).forecast(paused.at(nonceOf(20)))).toHaveLength(12);
    const { client, at } = publicHistory();
    let calls = 0;
    const model = builtInForecast({
      client: {
        ...client,
        topic: (id) => (calls++ === 0 ? Promise.reject(new Error('away')) : client.topic(id)),
      },
    });
    await expect(model.forecast(at(nonceOf(20)))).rejects.toThrow('away');
    expect(await model.forecast(at(nonceOf(20)))).toHaveLength(12);
  });

  it('knows when losses are public', () => {
    expect(settleEpochsOf(rhythm)).toBe(2);
    expect(settleEpochsOf({ ...rhythm, groundTruthLagBlocks: 4 })).toBe(1);
    expect(settleEpochsOf({ ...rhythm, groundTruthLagBlocks: 25 })).toBe(3);
  });
});
