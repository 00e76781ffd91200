import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allFinite,
  anyFinite,
  emissionInputs,
  regretInputs,
  reportedLosses,
  rewardInputs,
  scoreInputs,
  synthesisInputs,
} from '../test/arbitraries';
import { ProtocolError } from './errors';
import { networkLosses } from './loss/network-losses';
import { DEFAULT_PARAMS, PARAMETERS, type Params } from './params';
import { updateRegrets } from './regret/regrets';
import { monthlyEmission } from './reward/emission';
import { rewardEpoch } from './reward/participant-rewards';
import { topicRewards, topicWeights } from './reward/topic-share';
import { scoreEpoch } from './score/scores';
import { sortition } from './score/sortition';
import { synthesize } from './synthesis/network-inference';

/** Parameters anywhere in their bounds: the ends, the default, or between. */
const someParams: fc.Arbitrary<Params> = fc.record(
  Object.fromEntries(
    Object.entries(PARAMETERS).map(([name, spec]) => {
      const inside =
        'integer' in spec
          ? fc.integer({ min: spec.min, max: Math.min(spec.max, 20) })
          : fc.double({ min: spec.min, max: spec.max, noNaN: true });
      const ends = 'integer' in spec ? [spec.default] : [spec.default, spec.min, spec.max];
      return [name, fc.oneof(fc.constantFrom(...ends), inside)];
    }),
  ) as unknown as { [K in keyof Params]: fc.Arbitrary<number> },
);

/** Either finite numbers throughout, or a refusal with a code. */
function expectFiniteOrRefused(compute: () => unknown): void {
  let result: unknown;
  try {
    result = compute();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return;
  }
  if (!allFinite(result))
    expect.fail(`not finite: ${JSON.stringify(result, (_, x) => (Number.isNaN(x) ? 'NaN' : x))}`);
}

const params = fc.oneof(fc.constant(DEFAULT_PARAMS), someParams);
const topics = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const amounts = fc.array(anyFinite.map(Math.abs), { minLength: count, maxLength: count });
  return fc.record({
    topics: fc.constant(Array.from({ length: count }, (_, t) => `t${t}`)),
    stakes: amounts,
    feeRevenues: amounts,
    epochLengths: fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: count, maxLength: count }),
    previousWeights: fc.array(fc.option(anyFinite.map(Math.abs)), { minLength: count, maxLength: count }),
    paidTopics: fc.nat(4),
    totalWeight: anyFinite.map(Math.abs),
    emissionPerBlock: anyFinite.map(Math.abs),
    treasury: anyFinite.map(Math.abs),
  });
});

describe('every stage gives finite numbers for every finite input', () => {
  const cases: [string, fc.Arbitrary<unknown>, (input: never, params: Params) => unknown][] = [
    ['synthesis', synthesisInputs(anyFinite), synthesize],
    ['network losses', reportedLosses(anyFinite), networkLosses],
    ['regrets', regretInputs(anyFinite), updateRegrets],
    ['scores', scoreInputs(anyFinite), scoreEpoch],
    ['rewards', rewardInputs(anyFinite), rewardEpoch],
    ['emission', emissionInputs(anyFinite), monthlyEmission],
    ['topic weights', topics, topicWeights],
    ['topic rewards', topics.map((input) => ({ ...input, weights: input.stakes })), topicRewards],
    [
      'sortition',
      topics.map((input) => ({
        participants: input.topics,
        previousEma: input.previousWeights,
        scores: input.stakes.map((stake, a) => (a % 2 ? -stake : stake)),
        limit: input.paidTopics,
      })),
      sortition,
    ],
  ];
  it.each(cases)('%s', (_, inputs, compute) => {
    fc.assert(
      fc.property(inputs, params, (input, chosen) => {
        expectFiniteOrRefused(() => compute(input as never, chosen));
      }),
      { numRuns: 300 },
    );
  });
});
