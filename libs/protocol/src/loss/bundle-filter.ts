import { emptyRow, type MaybeNumber } from '../regret/regret-table';
import { compareIds } from '../shape';
import type { LossBundle } from './loss-table';
import type { ReportedLosses } from './network-losses';

/** One entry of a bundle as a reputer sends it. */
export interface WorkerLoss {
  readonly worker: string;
  /** log10 */
  readonly loss: number;
}

/** A reputer's bundle keyed by worker id, in any order, as it was submitted. */
export interface SubmittedBundle {
  readonly reputer: string;
  readonly combined: number;
  readonly naive: number;
  readonly inferer: readonly WorkerLoss[];
  readonly forecaster: readonly WorkerLoss[];
  readonly oneOutInferer: readonly WorkerLoss[];
  readonly oneOutForecaster: readonly WorkerLoss[];
  readonly oneInForecaster: readonly WorkerLoss[];
  /** A row per forecaster, an entry per withheld inferer. */
  readonly oneOutInfererForecaster: readonly {
    readonly forecaster: string;
    readonly losses: readonly WorkerLoss[];
  }[];
}

export type DropReason = 'STAKE_BELOW_MINIMUM' | 'REPEATED_REPUTER';

export interface FilteredBundles extends ReportedLosses {
  readonly dropped: readonly { readonly reputer: string; readonly reason: DropReason }[];
}

/**
 * What section 5 does before it averages: ignores reputers below the minimum stake and repeats after the first, drops
 * entries of unknown workers and repeated ids, and aligns the rest with the epoch's accepted workers (ids ascending).
 * `stakes[n]` belongs to `submissions[n]` and is in the unit of `minimumStake`.
 */
export function filterBundles(input: {
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  readonly submissions: readonly SubmittedBundle[];
  readonly stakes: readonly number[];
  readonly minimumStake: number;
}): FilteredBundles {
  const infererIndex = indexOf(input.inferers);
  const forecasterIndex = indexOf(input.forecasters);
  const seen = new Set<string>();
  const dropped: { reputer: string; reason: DropReason }[] = [];
  const accepted: { reputer: string; stake: number; bundle: LossBundle }[] = [];
  input.submissions.forEach((submission, n) => {
    const { reputer } = submission;
    const stake = input.stakes[n] ?? 0;
    if (stake < input.minimumStake) dropped.push({ reputer, reason: 'STAKE_BELOW_MINIMUM' });
    else if (seen.has(reputer)) dropped.push({ reputer, reason: 'REPEATED_REPUTER' });
    else {
      seen.add(reputer);
      accepted.push({ reputer, stake, bundle: alignBundle(submission, infererIndex, forecasterIndex) });
    }
  });
  accepted.sort((a, b) => compareIds(a.reputer, b.reputer));
  return {
    inferers: input.inferers,
    forecasters: input.forecasters,
    reputers: accepted.map((entry) => entry.reputer),
    stakes: accepted.map((entry) => entry.stake),
    bundles: accepted.map((entry) => entry.bundle),
    dropped,
  };
}

type Index = ReadonlyMap<string, number>;

function indexOf(ids: readonly string[]): Index {
  return new Map(ids.map((id, i) => [id, i]));
}

function alignRow(losses: readonly WorkerLoss[], index: Index): MaybeNumber[] {
  const row = emptyRow(index.size);
  for (const { worker, loss } of losses) {
    const i = index.get(worker);
    if (i !== undefined && row[i] === null) row[i] = loss;
  }
  return row;
}

function alignBundle(submission: SubmittedBundle, inferers: Index, forecasters: Index): LossBundle {
  const inferer = alignRow(submission.inferer, inferers);
  const accepted = inferer.filter((loss) => loss !== null).length;
  const rows = new Map<number, MaybeNumber[]>();
  for (const { forecaster, losses } of submission.oneOutInfererForecaster) {
    const k = forecasters.get(forecaster);
    if (k !== undefined && !rows.has(k)) rows.set(k, alignRow(losses, inferers));
  }
  return {
    combined: submission.combined,
    naive: submission.naive,
    inferer,
    forecaster: alignRow(submission.forecaster, forecasters),
    // With one inferer there is nothing left to withhold it from.
    oneOutInferer: accepted <= 1 ? emptyRow(inferers.size) : alignRow(submission.oneOutInferer, inferers),
    oneOutForecaster: alignRow(submission.oneOutForecaster, forecasters),
    oneInForecaster: alignRow(submission.oneInForecaster, forecasters),
    oneOutInfererForecaster: Array.from(
      { length: forecasters.size },
      (_, k) => rows.get(k) ?? emptyRow(inferers.size),
    ),
  };
}
