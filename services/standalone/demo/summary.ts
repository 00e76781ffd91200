import { createHash } from 'node:crypto';
import type { ByName, EpochReport, PaidUallo, Range } from './report';
import { mean, std } from './statistics';

/** Mean log10 losses over the same epochs for everyone. */
export interface MeanLosses {
  readonly epochs: number;
  readonly network: number;
  readonly naive: number;
  readonly equalWeightMean: number;
  readonly median: number;
  readonly inferers: ByName;
  readonly forecasters: ByName;
}

/** Network's loss less another's, epoch by epoch; below 0 the network was better. */
export interface Comparison {
  readonly difference: number;
  readonly standardError: number;
}

export interface Summary {
  readonly seed: string;
  readonly epochs: number;
  readonly firstDate: string;
  readonly lastDate: string;
  /** Epochs by what the network could make of them. */
  readonly modes: ByName;
  /** Over all epochs with a naive inference, that is all but the first; null if there are none. */
  readonly meanLosses: MeanLosses | null;
  /** Only over epochs blended by regrets: at first nobody is experienced, and the protocol takes the plain mean. */
  readonly meanLossesWeighted: MeanLosses | null;
  /** Over the weighted epochs. */
  readonly networkAgainst: Readonly<
    Record<'naive' | 'equalWeightMean' | 'median' | 'bestInferer', Comparison>
  > | null;
  readonly intervals: {
    readonly epochs: number;
    readonly inside68: number;
    readonly inside95: number;
  } | null;
  readonly paidUallo: PaidUallo;
  readonly paidByNameUallo: Readonly<Record<string, bigint>>;
  /** After the last epoch. */
  readonly listening: ByName;
  readonly epochsPerSecond: number;
  /** SHA-256 over the big-endian bits of every network inference, in order. */
  readonly inferencesSha256: string;
}

export function inferencesSha256(networkInferences: readonly number[]): string {
  const bits = Buffer.alloc(8 * networkInferences.length);
  networkInferences.forEach((value, n) => bits.writeDoubleBE(value, 8 * n));
  return createHash('sha256').update(bits).digest('hex');
}

function meanByName(rows: readonly ByName[]): ByName {
  const all = new Map<string, number[]>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) all.set(name, [...(all.get(name) ?? []), value]);
  }
  return Object.fromEntries([...all].map(([name, values]) => [name, mean(values)]));
}

function meanLosses(reports: readonly EpochReport[]): MeanLosses | null {
  const losses = reports.flatMap(({ losses: one }) =>
    one.naive === null ? [] : [{ ...one, naive: one.naive }],
  );
  if (losses.length === 0) return null;
  return {
    epochs: losses.length,
    network: mean(losses.map(({ network }) => network)),
    naive: mean(losses.map(({ naive }) => naive)),
    equalWeightMean: mean(losses.map(({ equalWeightMean }) => equalWeightMean)),
    median: mean(losses.map(({ median }) => median)),
    inferers: meanByName(losses.map(({ inferers }) => inferers)),
    forecasters: meanByName(losses.map(({ forecasters }) => forecasters)),
  };
}

function comparisons(
  reports: readonly EpochReport[],
  means: MeanLosses,
): NonNullable<Summary['networkAgainst']> {
  const [bestName] = Object.entries(means.inferers).sort((a, b) => a[1] - b[1])[0]!;
  const against = (other: (report: EpochReport) => number | null | undefined): Comparison => {
    const differences = reports.flatMap((report) => {
      const loss = other(report);
      return loss === null || loss === undefined ? [] : [report.losses.network - loss];
    });
    return { difference: mean(differences), standardError: std(differences) / Math.sqrt(differences.length) };
  };
  return {
    naive: against(({ losses }) => losses.naive),
    equalWeightMean: against(({ losses }) => losses.equalWeightMean),
    median: against(({ losses }) => losses.median),
    bestInferer: against(({ losses }) => losses.inferers[bestName]),
  };
}

function coverage(reports: readonly EpochReport[]): Summary['intervals'] {
  const inside = (range: Range | null, truth: number): number =>
    range !== null && range[0] <= truth && truth <= range[1] ? 1 : 0;
  const known = reports.filter(({ interval68 }) => interval68 !== null);
  if (known.length === 0) return null;
  return {
    epochs: known.length,
    inside68: mean(known.map(({ interval68, truth }) => inside(interval68, truth))),
    inside95: mean(known.map(({ interval95, truth }) => inside(interval95, truth))),
  };
}

function paidTotals(reports: readonly EpochReport[]): Pick<Summary, 'paidUallo' | 'paidByNameUallo'> {
  const total = { inferers: 0n, forecasters: 0n, reputers: 0n };
  const byName: Record<string, bigint> = {};
  for (const { paidUallo, paidByNameUallo } of reports) {
    total.inferers += paidUallo.inferers;
    total.forecasters += paidUallo.forecasters;
    total.reputers += paidUallo.reputers;
    for (const [name, amount] of Object.entries(paidByNameUallo))
      byName[name] = (byName[name] ?? 0n) + amount;
  }
  return { paidUallo: total, paidByNameUallo: byName };
}

/** What a replay came to. `reports` are all of its epochs in order, at least one. */
export function summarise(
  reports: readonly EpochReport[],
  run: { seed: string; elapsedMs: number },
): Summary {
  const weighted = reports.filter(({ mode }) => mode === 'weighted');
  const weightedMeans = meanLosses(weighted);
  const modes: Record<string, number> = {};
  for (const { mode } of reports) modes[mode] = (modes[mode] ?? 0) + 1;
  const final = reports[reports.length - 1]!;
  return {
    seed: run.seed,
    epochs: reports.length,
    firstDate: reports[0]!.date,
    lastDate: final.date,
    modes,
    meanLosses: meanLosses(reports),
    meanLossesWeighted: weightedMeans,
    networkAgainst: weightedMeans && comparisons(weighted, weightedMeans),
    intervals: coverage(reports),
    ...paidTotals(reports),
    listening: final.listening,
    epochsPerSecond: (reports.length / run.elapsedMs) * 1_000,
    inferencesSha256: inferencesSha256(reports.map(({ network }) => network)),
  };
}
