import { type ReportsToScore, type ScoredReports, scoreReports } from '../epoch/score-reports';
import type { LossBundle } from '../loss/loss-table';
import type { ScoreParams, SynthesisParams } from '../params';
import { emptyRow } from '../regret/regret-table';
import { type NetworkInference, synthesize, type SynthesisInput } from '../synthesis/network-inference';
import { carryLosses, type ToldValues, toldValues } from './epoch-values';
import { lossOfTruth, type RecoveredTruth, recoverTruth } from './recovered-truth';
import { withoutWorkers } from './without-workers';

/** Everything that a past epoch was computed from. */
export interface PastEpoch {
  readonly synthesis: SynthesisInput;
  /** Bundles that counted, aligned with the epoch's inferers and the forecasters with a forecast-implied inference. */
  readonly reports: Pick<ReportsToScore, 'reputers' | 'stakes' | 'bundles' | 'listeningCoefficients'>;
  /** In the unit of the stakes. */
  readonly minimumStake: number;
  readonly synthesisParams: SynthesisParams;
  readonly scoreParams: ScoreParams;
}

export interface EpochChange {
  /** Workers and reputers that had not been there. */
  readonly without: ReadonlySet<string>;
  readonly pNorm: number | undefined;
  /** New stakes of some reputers, in the unit of the others. */
  readonly stakes: ReadonlyMap<string, number>;
}

export const NO_CHANGE: EpochChange = { without: new Set(), pNorm: undefined, stakes: new Map() };

/** A truth that losses of other values were computed from. */
export interface TruthUsed extends RecoveredTruth {
  readonly reputer: string;
  /** How many of its losses changed for it. */
  readonly losses: number;
}

export interface SimulatedEpoch {
  /** Null without a single inference. */
  readonly inference: NetworkInference | null;
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  /** Those with a forecast-implied inference, whom the scores are aligned with. */
  readonly scoredForecasters: readonly string[];
  readonly reputers: readonly string[];
  readonly scored: ScoredReports;
  readonly truths: readonly TruthUsed[];
}

export type WhatIf =
  | ({ readonly kind: 'simulated' } & SimulatedEpoch)
  /** A loss that nobody reported is needed, and this reputer's losses tell no truth to compute it from. */
  | {
      readonly kind: 'truth_unknown';
      readonly reputer: string;
      readonly reason: 'no_agreement' | 'ambiguous';
    };

/**
 * A past epoch computed once more, with some of it changed, by the rules it was computed by. A value that stays the same keeps its
 * reported loss, so that no change gives the same epoch to the bit; losses of other values follow from the truth that the
 * reputer's losses imply.
 */
export function simulateEpoch(past: PastEpoch, change: EpochChange): WhatIf {
  const before = inferenceOf(past.synthesis, past.synthesisParams);
  const input = withoutWorkers(past.synthesis, change.without);
  const pNorm = change.pNorm ?? past.synthesisParams.pNorm;
  const now = inferenceOf(input, { ...past.synthesisParams, pNorm });
  if (!before || !now) return { kind: 'simulated', ...unscored(input, now?.inference ?? null) };
  const reports = changedReports(past, change);
  const carried = reports.reputers.map((reputer, m) =>
    carry(reputer, reports.bundles[m]!, before.told, now.told),
  );
  const lost = carried.find((one) => one.kind === 'truth_unknown');
  if (lost) return lost;
  const counted = carried.flatMap((one) => (one.kind === 'carried' ? [one] : []));
  const { inferers, forecasters } = now.told;
  return {
    kind: 'simulated',
    inference: now.inference,
    inferers,
    forecasters: input.forecasters,
    scoredForecasters: forecasters,
    reputers: reports.reputers,
    scored: scoreChanged(
      { ...reports, inferers, forecasters, bundles: counted.map(({ bundle }) => bundle) },
      past,
    ),
    truths: counted.flatMap(({ truth }) => (truth === null ? [] : [truth])),
  };
}

function inferenceOf(
  input: SynthesisInput,
  params: SynthesisParams,
): { readonly inference: NetworkInference; readonly told: ToldValues } | null {
  if (input.inferers.length === 0) return null;
  const inference = synthesize(input, params);
  return { inference, told: toldValues(input, inference) };
}

const unscored = (input: SynthesisInput, inference: NetworkInference | null): SimulatedEpoch => ({
  inference,
  inferers: input.inferers,
  forecasters: input.forecasters,
  scoredForecasters: [],
  reputers: [],
  scored: { result: null, refusals: [] },
  truths: [],
});

/** The bundles that count once stakes have moved and reputers are gone. */
function changedReports({ reports, minimumStake }: PastEpoch, change: EpochChange): PastEpoch['reports'] {
  const stakes = reports.reputers.map((reputer, m) => change.stakes.get(reputer) ?? reports.stakes[m]!);
  const kept = reports.reputers.flatMap((reputer, m) =>
    !change.without.has(reputer) && (!change.stakes.has(reputer) || stakes[m]! >= minimumStake) ? [m] : [],
  );
  return {
    reputers: kept.map((m) => reports.reputers[m]!),
    stakes: kept.map((m) => stakes[m]!),
    bundles: kept.map((m) => reports.bundles[m]!),
    listeningCoefficients: kept.map((m) => reports.listeningCoefficients[m]!),
  };
}

type Carried =
  | { readonly kind: 'carried'; readonly bundle: LossBundle; readonly truth: TruthUsed | null }
  | Extract<WhatIf, { kind: 'truth_unknown' }>;

function carry(reputer: string, bundle: LossBundle, before: ToldValues, now: ToldValues): Carried {
  let losses = 0;
  const same = carryLosses(before, bundle, now, ({ value, before, loss }) => {
    if (loss !== null && value !== before) losses += 1;
    return loss;
  });
  if (losses === 0) return { kind: 'carried', bundle: withoutLoneOneOut(same), truth: null };
  const truth = recoverTruth(truthPairs(bundle, before));
  if (truth.kind !== 'recovered') return { kind: 'truth_unknown', reputer, reason: truth.kind };
  const { truth: value, spread, errorFloor } = truth;
  const changed = carryLosses(before, bundle, now, (one) =>
    one.loss === null || one.value === one.before ? one.loss : lossOfTruth(value, one.value, errorFloor),
  );
  return {
    kind: 'carried',
    bundle: withoutLoneOneOut(changed),
    truth: { reputer, truth: value, spread, errorFloor, losses },
  };
}

/** Section 5: a bundle that knows a single inferer has no other to withhold it from. */
function withoutLoneOneOut(bundle: LossBundle): LossBundle {
  const lone = bundle.inferer.filter((loss) => loss !== null).length <= 1;
  return lone ? { ...bundle, oneOutInferer: emptyRow(bundle.inferer.length) } : bundle;
}

/** What a reputer's losses of the inferences and of their combination say of the truth. */
const truthPairs = ({ combined, inferer }: LossBundle, { values }: ToldValues) => [
  ...inferer.flatMap((loss, j) => (loss === null ? [] : [{ value: values.inferer[j]!, loss }])),
  { value: values.combined, loss: combined },
];

function scoreChanged(
  reports: PastEpoch['reports'] & Pick<ReportsToScore, 'inferers' | 'forecasters'>,
  { scoreParams }: PastEpoch,
): ScoredReports {
  if (reports.reputers.length === 0) return { result: null, refusals: [] };
  // Scores do not hang on EMA scores, which are what earlier epochs made of them.
  const ema = {
    infererEma: emptyRow(reports.inferers.length),
    forecasterEma: emptyRow(reports.forecasters.length),
    reputerEma: emptyRow(reports.reputers.length),
  };
  return scoreReports({ ...reports, ...ema }, scoreParams);
}
