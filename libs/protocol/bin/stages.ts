import { z } from 'zod';
import { networkLosses } from '../src/loss/network-losses';
import {
  EMISSION_PARAMETERS,
  REGRET_PARAMETERS,
  REWARD_PARAMETERS,
  SCORE_PARAMETERS,
  SORTITION_PARAMETERS,
  SYNTHESIS_PARAMETERS,
  TOPIC_PARAMETERS,
  type EmissionParams,
  type TopicParams,
} from '../src/params';
import { sum } from '../src/numeric';
import { updateRegrets } from '../src/regret/regrets';
import { monthlyEmission, type EmissionInput } from '../src/reward/emission';
import { blockPayment, mintableUallo, monthlyEmissionUallo } from '../src/reward/emission-uallo';
import { rewardEpoch } from '../src/reward/participant-rewards';
import { topicRewards, topicWeights } from '../src/reward/topic-share';
import { scoreEpoch } from '../src/score/scores';
import { sortition } from '../src/score/sortition';
import { synthesize } from '../src/synthesis/network-inference';
import { decimalToUallo, formatAllo } from '../src/uallo';

const ids = z.array(z.string());
const numbers = z.array(z.number());
const row = z.array(z.number().nullable());
const matrix = z.array(row);

const lossBundle = z.object({
  combined: z.number(),
  naive: z.number(),
  inferer: row,
  forecaster: row,
  oneOutInferer: row,
  oneOutForecaster: row,
  oneInForecaster: row,
  oneOutInfererForecaster: matrix,
});

const regretTable = z.object({
  inferer: row,
  forecaster: row,
  naiveInferer: row,
  oneOutInfererInferer: matrix,
  oneOutInfererForecaster: matrix,
  oneOutForecasterInferer: matrix,
  oneOutForecasterForecaster: matrix,
  oneInForecasterInferer: matrix,
  oneInForecasterSelf: row,
});

const reportedLosses = z.object({
  inferers: ids,
  forecasters: ids,
  reputers: ids,
  stakes: numbers,
  bundles: z.array(lossBundle),
});

function paramsOf<K extends string>(names: readonly K[]) {
  return z.object(Object.fromEntries(names.map((name) => [name, z.number()])) as Record<K, z.ZodNumber>);
}

/** A stage of the filter: shapes of its request in the library's own names, and the function behind it. */
interface Stage {
  readonly request: z.ZodType;
  run(request: unknown): unknown;
}

function stage<P extends z.ZodType, I extends z.ZodType>(
  params: P,
  input: I,
  run: (input: z.output<I>, params: z.output<P>) => unknown,
): Stage {
  const request = z.object({ params, input });
  return {
    request,
    run(value) {
      const parsed = request.parse(value) as { params: z.output<P>; input: z.output<I> };
      return run(parsed.input, parsed.params);
    },
  };
}

/** Every stage of the filter by name. */
export const STAGES: ReadonlyMap<string, Stage> = new Map([
  [
    'synthesis',
    stage(
      paramsOf(SYNTHESIS_PARAMETERS),
      z.object({
        inferers: ids,
        inferences: numbers,
        forecasters: ids,
        forecasts: matrix,
        networkLoss: z.number().nullable(),
        initialRegret: z.number(),
        regrets: regretTable,
      }),
      synthesize,
    ),
  ],
  ['network-losses', stage(z.object({}).optional(), reportedLosses, networkLosses)],
  [
    'regrets',
    stage(
      paramsOf(REGRET_PARAMETERS),
      z.object({
        inferers: ids,
        forecasters: ids,
        networkLosses: lossBundle,
        previousRegrets: regretTable,
        initialRegret: z.number(),
        infererInclusions: numbers,
        forecasterInclusions: numbers,
      }),
      updateRegrets,
    ),
  ],
  [
    'scores',
    stage(
      paramsOf(SCORE_PARAMETERS),
      reportedLosses.extend({
        networkLosses: lossBundle,
        listeningCoefficients: row,
        infererEma: row,
        forecasterEma: row,
        reputerEma: row,
      }),
      scoreEpoch,
    ),
  ],
  [
    'rewards',
    stage(
      paramsOf(REWARD_PARAMETERS),
      z.object({
        inferers: ids,
        forecasters: ids,
        reputers: ids,
        infererScores: row,
        forecasterScores: row,
        reputerScores: row,
        stakes: numbers,
        delegatedStakes: numbers,
        infererScoreHistory: z.array(numbers),
        forecasterScoreHistory: z.array(numbers),
        previousInfererFractions: row,
        previousForecasterFractions: row,
        previousReputerFractions: row,
        previousScoreRatio: z.number(),
        naiveLoss: z.number(),
        combinedLoss: z.number(),
        topicReward: z.number(),
      }),
      rewardEpoch,
    ),
  ],
  [
    'emission',
    stage(
      paramsOf(EMISSION_PARAMETERS),
      z.object({
        block: z.number(),
        blocksPerMonth: z.number(),
        ecosystemMinted: z.number(),
        ecosystemBalance: z.number(),
        staked: z.number(),
        reputersPercent: z.number(),
        previousRate: z.number(),
      }),
      evaluateEmission,
    ),
  ],
  [
    'topics',
    stage(
      paramsOf(TOPIC_PARAMETERS),
      z.object({
        topics: ids,
        stakes: numbers,
        feeRevenues: numbers,
        epochLengths: numbers,
        previousWeights: row,
        paidTopics: z.number(),
        emissionPerBlock: z.number(),
        treasury: z.number(),
      }),
      evaluateTopics,
    ),
  ],
  [
    'sortition',
    stage(
      paramsOf(SORTITION_PARAMETERS),
      z.object({ participants: ids, limit: z.number(), previousEma: row, scores: numbers }),
      sortition,
    ),
  ],
]);

/** The real-number emission, and beside it the chain's integers in uallo as strings. */
function evaluateEmission(input: EmissionInput, params: EmissionParams): unknown {
  const real = monthlyEmission(input, params);
  const ecosystemMintedUallo = decimalToUallo(input.ecosystemMinted);
  const ecosystemBalanceUallo = decimalToUallo(input.ecosystemBalance);
  const exact = monthlyEmissionUallo(
    {
      block: input.block,
      blocksPerMonth: input.blocksPerMonth,
      ecosystemMintedUallo,
      ecosystemBalanceUallo,
      stakedUallo: decimalToUallo(input.staked),
      reputersPercent: decimalToUallo(input.reputersPercent),
      previousRate: decimalToUallo(input.previousRate),
    },
    params,
  );
  const payment = blockPayment(
    {
      needUallo: exact.emissionPerBlockUallo,
      ecosystemBalanceUallo,
      mintableUallo: mintableUallo(ecosystemMintedUallo, params),
    },
    params,
  );
  return {
    ...real,
    chainIntegers: {
      rate: formatDecimal(exact.rate),
      emissionPerMonth: String(exact.emissionPerMonthUallo),
      emissionPerBlock: String(exact.emissionPerBlockUallo),
      lockedVesting: String(exact.lockedVestingUallo),
      minted: String(payment.mintedUallo),
      validatorPayment: String(payment.validatorsUallo),
      alloraPayment: String(payment.rewardsUallo),
    },
  };
}

/** All 18 places, as the chain prints a decimal. */
function formatDecimal(value: bigint): string {
  const [whole, places = ''] = formatAllo(value).split('.');
  return `${whole}.${places.padEnd(18, '0')}`;
}

function evaluateTopics(
  input: Parameters<typeof topicWeights>[0] &
    Pick<Parameters<typeof topicRewards>[0], 'paidTopics' | 'emissionPerBlock' | 'treasury'>,
  params: TopicParams,
): unknown {
  const weighed = topicWeights(input, params);
  const totalWeight = sum(weighed.weights);
  return { ...weighed, ...topicRewards({ ...input, weights: weighed.weights, totalWeight }) };
}
