import type { TargetName } from '@allora/forecaster/target';
import { createCast, type Cast } from '../cast';
import type { Predict } from '../inferers/inferer';
import type { DailyPrice } from '../prices';
import { openFeed } from '../prices';
import { last, mean, std } from '../statistics';
import { playMarket, type Foretold, type Market, type Said } from './play-market';

/** Of two rules that foretold the same: mean error of each, and ours less the other's. */
export interface Errors {
  readonly ours: number;
  readonly pastMean: number;
  readonly difference: number;
}

/** One seed: the same days, inferers and reputers without a forecaster and with ours. */
export interface SeedReport {
  readonly seed: string;
  readonly firstDate: string;
  readonly lastDate: string;
  readonly epochs: number;
  /** Of the published log10 losses of all inferers; each inferer counts the same. */
  readonly absoluteError: Errors;
  readonly squaredError: Errors;
  /** Inferers whose losses were foretold better than by their past mean, by the squared error. */
  readonly inferersForetoldBetter: number;
  readonly inferers: number;
  /** Mean log10 loss of the network. */
  readonly network: {
    readonly without: number;
    readonly with: number;
    readonly difference: number;
    /** Over epochs: how much of the difference could be luck of these days. */
    readonly standardError: number;
  };
}

export interface ExperimentOptions {
  readonly prices: readonly DailyPrice[];
  readonly seeds: readonly string[];
  readonly epochs: number;
  readonly target: TargetName;
  /** Whether the demo's three forecasters, which see the prices themselves, take part in both plays. */
  readonly beside: boolean;
  readonly said: Said;
  onSeed?(report: SeedReport): void;
}

/** Seeds one after another, each played without a forecaster and with ours. */
export async function runExperiment(options: ExperimentOptions): Promise<SeedReport[]> {
  const remember = rememberedPredictions();
  const reports: SeedReport[] = [];
  for (const seed of options.seeds) {
    const report = await playSeed(options, seed, remember);
    options.onSeed?.(report);
    reports.push(report);
  }
  return reports;
}

type Remember = (name: string, seed: string, predict: Predict) => Predict;

async function playSeed(
  { prices, epochs, target, beside, said }: ExperimentOptions,
  seed: string,
  remember: Remember,
): Promise<SeedReport> {
  const feed = openFeed(prices, seed, epochs);
  const marketOf = (cast: Cast): Market => ({
    cast: {
      ...cast,
      inferers: cast.inferers.map((one) => ({ ...one, predict: remember(one.name, seed, one.predict) })),
      forecasters: beside ? cast.forecasters : [],
    },
    feed,
    seed,
    epochs,
    said,
  });
  const without = await playMarket(marketOf(createCast(seed)), null);
  const played = await playMarket(marketOf(createCast(seed)), target);
  const differences = played.networkLosses.map((loss, n) => loss - without.networkLosses[n]!);
  const inferers = byInferer(played.foretold);
  const squared = inferers.map((rows) => errorsOf(rows, (error) => error ** 2));
  return {
    seed,
    epochs,
    firstDate: feed.truth(0).date,
    lastDate: feed.truth(epochs - 1).date,
    absoluteError: meanErrors(inferers.map((rows) => errorsOf(rows, Math.abs))),
    squaredError: meanErrors(squared),
    inferersForetoldBetter: squared.filter(({ difference }) => difference < 0).length,
    inferers: inferers.length,
    network: {
      without: mean(without.networkLosses),
      with: mean(played.networkLosses),
      difference: mean(differences),
      standardError: std(differences) / Math.sqrt(differences.length),
    },
  };
}

function byInferer(foretold: readonly Foretold[]): Foretold[][] {
  const rows = new Map<string, Foretold[]>();
  for (const one of foretold) {
    const own = rows.get(one.inferer) ?? [];
    own.push(one);
    rows.set(one.inferer, own);
  }
  return [...rows.values()];
}

function errorsOf(rows: readonly Foretold[], measure: (error: number) => number): Errors {
  const ours = mean(rows.map(({ loss, published }) => measure(loss - published)));
  const pastMean = mean(rows.map((row) => measure(row.pastMean - row.published)));
  return { ours, pastMean, difference: ours - pastMean };
}

const meanErrors = (all: readonly Errors[]): Errors => ({
  ours: mean(all.map(({ ours }) => ours)),
  pastMean: mean(all.map(({ pastMean }) => pastMean)),
  difference: mean(all.map(({ difference }) => difference)),
});

/** A prediction depends on the last day alone (and the gambler's on the seed): no day is predicted twice. */
function rememberedPredictions(): Remember {
  const known = new Map<string, number>();
  return (name, seed, predict) => (history) => {
    const key = `${name === 'gambler' ? seed : ''}|${name}|${last(history).date}`;
    const value = known.get(key) ?? predict(history);
    known.set(key, value);
    return value;
  };
}
