import { verdict, type Posting } from '../src/ledger/posting';
import { filterBundles } from '../src/loss/bundle-filter';
import { adjustedStakes, consensusScores, consensusTable } from '../src/loss/consensus';
import { listenToReputers } from '../src/loss/listening-coefficients';
import { lossFunction } from '../src/loss/loss-functions';
import { type LossOptions, type OptionSpecs, readLossOptions } from '../src/loss/loss-options';
import type { LossBundle } from '../src/loss/loss-table';
import { networkLosses } from '../src/loss/network-losses';
import { topicLoss } from '../src/loss/topic-loss';
import type { DescentParams, SynthesisParams } from '../src/params';
import { initialRegret } from '../src/regret/initial-regret';
import { emptyRegretBook, mergeRegretTable, regretTable } from '../src/regret/regret-book';
import type { RegretTable, Row } from '../src/regret/regret-table';
import { updateRegrets } from '../src/regret/regrets';
import { monthlyEmission } from '../src/reward/emission';
import { monthlyEmissionUallo, type EmissionUalloInput } from '../src/reward/emission-uallo';
import { roleEntropy } from '../src/reward/entropy';
import { divide, multiply } from '../src/reward/fixed-point';
import { workerFractions } from '../src/reward/fractions';
import { rewardEpoch, type EpochRewards } from '../src/reward/participant-rewards';
import { payouts } from '../src/reward/payouts';
import { taskRewards } from '../src/reward/task-rewards';
import { topicWeights } from '../src/reward/topic-share';
import { emaScores } from '../src/score/ema';
import { scoreEpoch } from '../src/score/scores';
import { sortition } from '../src/score/sortition';
import { weightedPercentiles } from '../src/synthesis/confidence-interval';
import { forecastImplied, type ForecastContext } from '../src/synthesis/forecast-implied';
import { synthesize, type SynthesisInput } from '../src/synthesis/network-inference';
import { weightShares } from '../src/synthesis/weight-shares';
import { weightsFromRegrets, type WeightParams } from '../src/synthesis/weights';
import { alloToUallo, formatAllo } from '../src/uallo';

/** JSON has no bigints: they stand in a vector as decimal strings. */
type Text<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] };

/** Writes every bigint inside a result as the decimal string a vector holds. */
export function applyJsonBigints(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Float64Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(applyJsonBigints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, applyJsonBigints(item)]));
}

interface Consensus {
  readonly bundles: readonly LossBundle[];
  readonly stakes: readonly number[];
  readonly coefficients: readonly number[];
}

const tableOf = ({ bundles }: Consensus) =>
  consensusTable(bundles, bundles[0]!.inferer.length, bundles[0]!.forecaster.length);

const lossOf = (input: { name: string; options?: LossOptions; truth: number; prediction: number }): number =>
  lossFunction(input.name, input.options)(input.truth, input.prediction);

/** The function behind each folder of vectors. */
export const RULES: Readonly<Record<string, (input: never, params: never) => unknown>> = {
  weights: weightsFromRegrets,
  'forecast-implied': (
    input: { forecast: Row; context: Omit<ForecastContext, 'inferences'> & { inferences: number[] } },
    params: WeightParams,
  ) =>
    forecastImplied(input.forecast, {
      ...input.context,
      inferences: Float64Array.from(input.context.inferences),
      params,
    }),
  'network-inference': synthesize,
  'one-out': (input: SynthesisInput, params: SynthesisParams) => {
    const { oneOutInferer, oneOutForecaster, oneInForecaster } = synthesize(input, params);
    return { oneOutInferer, oneOutForecaster, oneInForecaster };
  },
  'loss-functions': lossOf,
  'z-losses': lossOf,
  'loss-options': (input: { loss: string; specs: OptionSpecs<string>; given: LossOptions }) =>
    readLossOptions(input.loss, input.specs, input.given),
  'topic-loss': (input: { lossMethod: string; settings?: LossOptions; truth: number; prediction: number }) =>
    topicLoss(input.lossMethod, input.settings).reported(input.truth, input.prediction),
  'confidence-interval': (input: { values: number[]; weights: number[]; percentages: number[] }) =>
    weightedPercentiles(input.values, input.weights, input.percentages),
  'weight-shares': weightShares,

  'network-losses': networkLosses,
  'bundle-filter': filterBundles,
  consensus: (input: Consensus, params: DescentParams) =>
    consensusScores(tableOf(input), [adjustedStakes(input.stakes, input.coefficients)], params)[0],
  'listening-coefficients': (input: Consensus, params: DescentParams) =>
    listenToReputers(tableOf(input), input.stakes, input.coefficients, params),

  regrets: updateRegrets,
  'initial-regret': initialRegret,
  'regret-book': (input: Record<'first' | 'second', { inferers: string[]; table: RegretTable }> & { slice: string[] }) => {
    const { first, second } = input;
    const stored = mergeRegretTable(emptyRegretBook(), first.inferers, [], first.table);
    const book = mergeRegretTable(stored, second.inferers, [], second.table);
    return { book: book.inferer, slice: regretTable(book, input.slice, []).inferer };
  },

  scores: scoreEpoch,
  ema: (input: { alpha: number; scores: Row; previous: Row }) =>
    emaScores(input.alpha, input.scores, input.previous),
  sortition,

  fractions: (input: { scores: Row; window: number[] }, params: { p: number; c: number; epsilon: number }) =>
    workerFractions(input.scores, input.window, params),
  entropy: (input: { fractions: Row; previous: Row }, params: { taskRewardAlpha: number; betaEntropy: number }) =>
    roleEntropy('inferer', input.fractions, input.previous, params),
  'task-rewards': taskRewards,
  'participant-rewards': rewardEpoch,
  payouts: (input: EpochRewards & { topicRewardUallo: string }) => payouts(input, BigInt(input.topicRewardUallo)),
  'topic-share': topicWeights,
  emission: monthlyEmission,
  'emission-uallo': (input: Text<EmissionUalloInput>, params: Parameters<typeof monthlyEmissionUallo>[1]) =>
    monthlyEmissionUallo(
      {
        block: input.block,
        blocksPerMonth: input.blocksPerMonth,
        ecosystemMintedUallo: BigInt(input.ecosystemMintedUallo),
        ecosystemBalanceUallo: BigInt(input.ecosystemBalanceUallo),
        stakedUallo: BigInt(input.stakedUallo),
        reputersPercent: BigInt(input.reputersPercent),
        previousRate: BigInt(input.previousRate),
      },
      params,
    ),
  'fixed-point': (input: Record<'multiply' | 'divide', [string, string][]>) => ({
    multiply: input.multiply.map(([a, b]) => multiply(BigInt(a), BigInt(b))),
    divide: input.divide.map(([a, b]) => divide(BigInt(a), BigInt(b))),
  }),

  posting: (input: readonly Text<Posting>[]) =>
    verdict(input.map(({ account, amountUallo }) => ({ account, amountUallo: BigInt(amountUallo) }))),
  uallo: (allo: number) => ({ uallo: alloToUallo(allo), text: formatAllo(alloToUallo(allo)) }),
};
