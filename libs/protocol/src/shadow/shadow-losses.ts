import { lossOfTruth, type RecoveredTruth, recoverTruth } from '../explain/recovered-truth';
import type { LossBundle } from '../loss/loss-table';
import type { ReportedLosses } from '../loss/network-losses';
import { DEFAULT_LOSS_FLOOR, logLoss } from '../loss/topic-loss';
import { ema, saturate, weightedMean } from '../numeric';
import type { MaybeNumber } from '../regret/regret-table';

/** What a shadow said in an epoch, in the unit of the inferences. */
export interface ShadowValues {
  /** Its inference, or its forecast-implied one. */
  readonly own: number;
  /** The combined inference with it. */
  readonly combinedWith: number;
}

/** log10 losses by the same reputers, so that they can be compared. */
export interface ShadowLosses {
  readonly own: number;
  /** Of the combined inference as it was. */
  readonly combined: number;
  readonly combinedWith: number;
  /** combined - combinedWith: above zero where the shadow would have helped. */
  readonly contribution: number;
}

/** Values of an epoch that reputers gave their losses of. */
export interface ScoredValues {
  readonly combined: number;
  readonly inferer: ReadonlyMap<string, number>;
}

/**
 * Losses of values that no reputer scored, by the truth that its losses of the others imply; over reputers the stake-weighted mean,
 * as of every loss (section 5). Null where no reputer's losses tell a truth: another loss than the squared error, or too few values.
 */
export function shadowLosses(
  reported: Pick<ReportedLosses, 'inferers' | 'stakes' | 'bundles'>,
  values: ScoredValues,
  shadows: readonly ShadowValues[],
): (ShadowLosses | null)[] {
  if (shadows.length === 0) return [];
  const readers = reported.bundles.flatMap((bundle, m): Reader[] => {
    const truth = truthOf(bundle, reported.inferers, values);
    const stake = reported.stakes[m]!;
    return truth && stake > 0 ? [{ ...truth, stake, combined: bundle.combined }] : [];
  });
  const stakes = readers.map(({ stake }) => stake);
  const combined = weightedMean(
    readers.map((reader) => reader.combined),
    stakes,
  );
  const lossOf = (value: number): MaybeNumber =>
    weightedMean(
      readers.map(({ truth, errorFloor, least }) =>
        Math.max(saturate(lossOfTruth(truth, value, errorFloor)), least),
      ),
      stakes,
    );
  return shadows.map(({ own: ownValue, combinedWith: valueWith }) => {
    const [own, combinedWith] = [lossOf(ownValue), lossOf(valueWith)];
    if (combined === null || own === null || combinedWith === null) return null;
    return { own, combined, combinedWith, contribution: saturate(combined - combinedWith) };
  });
}

/** The regret of section 6, of a shadow alone: it learns as a worker would, against the network without it. */
export const shadowRegret = (
  losses: Pick<ShadowLosses, 'own' | 'combined'>,
  before: { readonly regret: MaybeNumber; readonly initialRegret: number; readonly alphaRegret: number },
): number =>
  ema(before.alphaRegret, saturate(losses.combined - losses.own), before.regret ?? before.initialRegret);

interface Truth extends RecoveredTruth {
  /** No loss of this reputer is lower. */
  readonly least: number;
}

interface Reader extends Truth {
  readonly stake: number;
  readonly combined: number;
}

function truthOf(
  bundle: LossBundle,
  inferers: readonly string[],
  { combined, inferer }: ScoredValues,
): Truth | null {
  const told = inferers.flatMap((id, j) => {
    const [value, loss] = [inferer.get(id), bundle.inferer[j] ?? null];
    return value === undefined || loss === null ? [] : [{ value, loss }];
  });
  const pairs = [...told, { value: combined, loss: bundle.combined }];
  const verdict = recoverTruth(pairs);
  if (verdict.kind !== 'recovered') return null;
  const least = Math.min(logLoss(0, DEFAULT_LOSS_FLOOR), ...pairs.map(({ loss }) => loss));
  return { ...verdict, least };
}
