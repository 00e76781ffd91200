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

export type LossList = Exclude<keyof SubmittedBundle, 'reputer' | 'combined' | 'naive'>;

/** Why a whole bundle does not count. */
export type DropReason = 'STAKE_BELOW_MINIMUM' | 'NOT_FINITE' | 'REPEATED_REPUTER';

/**
 * Why one value of a bundle does not count: its worker took no part in the epoch; it did, but the epoch has no such value of
 * it; the value is no number; the list named the worker before; the bundle knows no other inferer to withhold this one from.
 */
export type LossDropReason =
  'UNKNOWN_WORKER' | 'ABSENT_WORKER' | 'NOT_FINITE' | 'REPEATED_WORKER' | 'LONE_INFERER';

export interface DroppedLoss {
  readonly list: LossList;
  /** Of `oneOutInfererForecaster`: the row in which the value stands; absent for a row as a whole, which its worker names. */
  readonly forecaster?: string;
  readonly worker: string;
  readonly reason: LossDropReason;
}

export interface BundleFinding {
  readonly reputer: string;
  /** Null when the rest of the bundle counts. */
  readonly reason: DropReason | null;
  readonly dropped: readonly DroppedLoss[];
}

export interface FilteredBundles extends ReportedLosses {
  /** One for each bundle that does not count, whole or in part; ascending by reputer. */
  readonly findings: readonly BundleFinding[];
}

export interface BundlesToFilter {
  /** The epoch's active workers, ids ascending. */
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  /** Who else took part in the epoch, in any role and whether it was active or not. */
  readonly others?: readonly string[];
  /** Lists of which the epoch has no values. */
  readonly absentLists?: readonly LossList[];
  readonly submissions: readonly SubmittedBundle[];
  /** `stakes[n]` belongs to `submissions[n]` and is in the unit of `minimumStake`. */
  readonly stakes: readonly number[];
  readonly minimumStake: number;
}

/**
 * What section 5 does before it averages: ignores reputers below the minimum stake and repeats after the first, drops
 * entries of unknown workers and repeated ids, and aligns the rest with the epoch's accepted workers (ids ascending). Each
 * bundle is judged by itself, so that a bad one changes nothing of the others.
 */
export function filterBundles(input: BundlesToFilter): FilteredBundles {
  const epoch = epochValues(input);
  const seen = new Set<string>();
  const findings: BundleFinding[] = [];
  const accepted: { reputer: string; stake: number; bundle: LossBundle }[] = [];
  input.submissions.forEach((submission, n) => {
    const { reputer } = submission;
    const stake = input.stakes[n] ?? 0;
    const reason = judgeBundle(submission, { stake, minimumStake: input.minimumStake, seen });
    const dropped: DroppedLoss[] = [];
    if (reason === null) {
      seen.add(reputer);
      accepted.push({ reputer, stake, bundle: alignBundle(submission, epoch, dropped) });
    }
    if (reason !== null || dropped.length > 0) findings.push({ reputer, reason, dropped });
  });
  accepted.sort((a, b) => compareIds(a.reputer, b.reputer));
  return {
    inferers: input.inferers,
    forecasters: input.forecasters,
    reputers: accepted.map((entry) => entry.reputer),
    stakes: accepted.map((entry) => entry.stake),
    bundles: accepted.map((entry) => entry.bundle),
    findings: findings.sort((a, b) => compareIds(a.reputer, b.reputer)),
  };
}

function judgeBundle(
  { reputer, combined, naive }: SubmittedBundle,
  by: { readonly stake: number; readonly minimumStake: number; readonly seen: ReadonlySet<string> },
): DropReason | null {
  if (!(by.stake >= by.minimumStake)) return 'STAKE_BELOW_MINIMUM';
  if (!Number.isFinite(combined) || !Number.isFinite(naive)) return 'NOT_FINITE';
  return by.seen.has(reputer) ? 'REPEATED_REPUTER' : null;
}

type Index = ReadonlyMap<string, number>;

/** Everything of an epoch that a bundle may name. */
interface EpochValues {
  readonly inferers: Index;
  readonly forecasters: Index;
  readonly known: ReadonlySet<string>;
  readonly absent: ReadonlySet<LossList>;
}

function epochValues({ inferers, forecasters, others = [], absentLists = [] }: BundlesToFilter): EpochValues {
  return {
    inferers: indexOf(inferers),
    forecasters: indexOf(forecasters),
    known: new Set([...inferers, ...forecasters, ...others]),
    absent: new Set(absentLists),
  };
}

function indexOf(ids: readonly string[]): Index {
  return new Map(ids.map((id, i) => [id, i]));
}

function alignBundle(submission: SubmittedBundle, epoch: EpochValues, dropped: DroppedLoss[]): LossBundle {
  const { inferers, forecasters } = epoch;
  const align = (list: Exclude<LossList, 'oneOutInfererForecaster'>, index: Index): MaybeNumber[] =>
    alignRow(submission[list], { list, index, epoch, dropped });
  const inferer = align('inferer', inferers);
  const lone = inferer.filter((loss) => loss !== null).length <= 1;
  return {
    combined: submission.combined,
    naive: submission.naive,
    inferer,
    forecaster: align('forecaster', forecasters),
    oneOutInferer: lone
      ? withoutOneOuts(submission.oneOutInferer, epoch, dropped)
      : align('oneOutInferer', inferers),
    oneOutForecaster: align('oneOutForecaster', forecasters),
    oneInForecaster: align('oneInForecaster', forecasters),
    oneOutInfererForecaster: alignMatrix(submission.oneOutInfererForecaster, epoch, dropped),
  };
}

interface Row {
  readonly list: LossList;
  readonly forecaster?: string;
  readonly index: Index;
  readonly epoch: EpochValues;
  readonly dropped: DroppedLoss[];
}

function alignRow(losses: readonly WorkerLoss[], { index, epoch, dropped, ...place }: Row): MaybeNumber[] {
  const row = emptyRow(index.size);
  const absent = epoch.absent.has(place.list);
  for (const { worker, loss } of losses) {
    const i = absent ? undefined : index.get(worker);
    if (i === undefined) dropped.push({ ...place, worker, reason: whyMissing(worker, epoch) });
    else if (!Number.isFinite(loss)) dropped.push({ ...place, worker, reason: 'NOT_FINITE' });
    else if (row[i] !== null) dropped.push({ ...place, worker, reason: 'REPEATED_WORKER' });
    else row[i] = loss;
  }
  return row;
}

const whyMissing = (worker: string, epoch: EpochValues): LossDropReason =>
  epoch.known.has(worker) ? 'ABSENT_WORKER' : 'UNKNOWN_WORKER';

/** With one inferer there is nothing left to withhold it from. */
function withoutOneOuts(
  losses: readonly WorkerLoss[],
  epoch: EpochValues,
  dropped: DroppedLoss[],
): MaybeNumber[] {
  const list = 'oneOutInferer';
  const absent = epoch.absent.has(list);
  for (const { worker } of losses) {
    const known = !absent && epoch.inferers.has(worker);
    dropped.push({ list, worker, reason: known ? 'LONE_INFERER' : whyMissing(worker, epoch) });
  }
  return emptyRow(epoch.inferers.size);
}

function alignMatrix(
  rows: SubmittedBundle['oneOutInfererForecaster'],
  epoch: EpochValues,
  dropped: DroppedLoss[],
): MaybeNumber[][] {
  const list = 'oneOutInfererForecaster';
  const { inferers, forecasters } = epoch;
  const aligned = new Map<number, MaybeNumber[]>();
  for (const { forecaster, losses } of rows) {
    const k = epoch.absent.has(list) ? undefined : forecasters.get(forecaster);
    if (k === undefined) dropped.push({ list, worker: forecaster, reason: whyMissing(forecaster, epoch) });
    else if (aligned.has(k)) dropped.push({ list, worker: forecaster, reason: 'REPEATED_WORKER' });
    else aligned.set(k, alignRow(losses, { list, forecaster, index: inferers, epoch, dropped }));
  }
  return Array.from({ length: forecasters.size }, (_, k) => aligned.get(k) ?? emptyRow(inferers.size));
}
