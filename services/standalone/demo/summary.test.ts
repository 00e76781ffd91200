import { expect, it } from 'vitest';
import type { EpochReport } from './report';
import { inferencesSha256, summarise } from './summary';

const base: EpochReport = {
  epoch: 0,
  nonce: 1,
  date: '2001-01-01',
  mode: 'weighted',
  truth: 100,
  network: 101,
  naive: 102,
  interval68: [99, 101],
  interval95: [98, 103],
  best: { name: 'a', value: 100 },
  topWeights: [],
  losses: {
    network: 1,
    naive: 2,
    equalWeightMean: 3,
    median: 4,
    inferers: { a: 0.5, b: 5 },
    forecasters: {},
  },
  paidUallo: { inferers: 3n, forecasters: 2n, reputers: 1n },
  paidByNameUallo: { a: 3n, f: 2n, r: 1n },
  listening: { r: 1 },
};

it('averages over epochs that everyone has, counts the intervals and adds up what was paid', () => {
  const first: EpochReport = {
    ...base,
    mode: 'median',
    naive: null,
    interval68: null,
    interval95: null,
    losses: { ...base.losses, naive: null, network: 50 },
  };
  const outside: EpochReport = {
    ...base,
    truth: 102,
    listening: { r: 0.5 },
    losses: { ...base.losses, network: 3, inferers: { a: 1.5, b: 5 } },
  };
  const summary = summarise([first, base, outside], { seed: 's', elapsedMs: 1_500 });
  expect(summary).toMatchObject({
    epochs: 3,
    modes: { median: 1, weighted: 2 },
    meanLosses: { epochs: 2, network: 2, naive: 2, equalWeightMean: 3, median: 4, inferers: { a: 1, b: 5 } },
    intervals: { epochs: 2, inside68: 0.5, inside95: 1 },
    paidUallo: { inferers: 9n, forecasters: 6n, reputers: 3n },
    paidByNameUallo: { a: 9n, f: 6n, r: 3n },
    listening: { r: 0.5 },
    epochsPerSecond: 2,
  });
  expect(summary.networkAgainst!.naive).toEqual({ difference: 0, standardError: 1 });
  expect(summary.networkAgainst!.bestInferer.difference).toBe(1);
});

it('hashes the bits of the network inferences, big-endian and in order', () => {
  // SHA-256 of 3ff0000000000000 4000000000000000.
  expect(inferencesSha256([1, 2])).toBe('f814737da80b11b6d6e54c254b9d7e711669462c0e53585f776afea6ea073afc');
  expect(inferencesSha256([2, 1])).not.toBe(inferencesSha256([1, 2]));
  expect(inferencesSha256([0])).not.toBe(inferencesSha256([-0]));
});
