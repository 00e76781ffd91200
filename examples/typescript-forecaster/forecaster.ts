import type { ForecastFunction } from '@allora/runner/models/function-model';

/** Epochs that are looked back on, and how much of an inferer's expected loss is that of the latest. */
const EPOCHS = 60;
const SHARE = 0.08;
/** Most inferers that a forecast may name. */
const NAMED_MAX = 12;

/** Losses by inferer, of epochs that were read already. */
const past = new Map<number, ReadonlyMap<string, number>>();

/** Expects of each inferer an exponential mean of what it lost so far; names the best of those who answered lately. */
export const forecast: ForecastFunction = async ({ topicId }, { client }) => {
  const { inferences } = await client.inferences(topicId, { limit: EPOCHS });
  const nonces = inferences.map(({ nonce }) => nonce);
  for (const nonce of nonces.filter((one) => !past.has(one))) {
    const { losses } = await client.epoch(topicId, nonce);
    const told = losses?.losses?.inferers;
    if (told) past.set(nonce, new Map(told.map(({ worker, loss }) => [worker, loss])));
  }
  for (const nonce of past.keys()) if (!nonces.includes(nonce)) past.delete(nonce);

  const oldestFirst = [...past].sort(([a], [b]) => a - b).map(([, losses]) => losses);
  const expected = new Map<string, number>();
  for (const losses of oldestFirst) {
    for (const [inferer, loss] of losses) {
      const before = expected.get(inferer) ?? loss;
      expected.set(inferer, before + SHARE * (loss - before));
    }
  }
  const present = oldestFirst.at(-1);
  const named = [...expected].filter(([inferer]) => present?.has(inferer)).sort(([, a], [, b]) => a - b);
  return Object.fromEntries(named.slice(0, NAMED_MAX));
};
