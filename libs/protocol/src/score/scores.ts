import { consensusTable } from '../loss/consensus';
import { listenToReputers } from '../loss/listening-coefficients';
import { requireLossBundle, type LossBundle } from '../loss/loss-table';
import { checkReportedLosses, type ReportedLosses } from '../loss/network-losses';
import { power, quantile, saturate } from '../numeric';
import { checkParams, SCORE_PARAMETERS, type ScoreParams } from '../params';
import { LONE_WORKER_SCORE } from '../reference-profile';
import { emptyRow, type MaybeNumber, type Row } from '../regret/regret-table';
import { requireLength } from '../shape';
import { emaScores } from './ema';

/** One epoch to score: J inferers, K forecasters, M reputers, ids ascending, arrays aligned. */
export interface ScoreInput extends ReportedLosses {
  /** Result of `networkLosses` over the same bundles. */
  readonly networkLosses: LossBundle;
  /** [M] as stored after the last epoch; null = never seen, counts as 1. */
  readonly listeningCoefficients: Row;
  /** EMA scores before this epoch; null = none. */
  readonly infererEma: Row;
  readonly forecasterEma: Row;
  readonly reputerEma: Row;
}

/** Null scores: no loss to score by. A null quantile leaves the stored one untouched. */
export interface EpochScores {
  readonly infererScores: readonly MaybeNumber[];
  readonly forecasterScores: readonly MaybeNumber[];
  readonly reputerScores: readonly number[];
  readonly listeningCoefficients: readonly number[];
  readonly infererEma: readonly MaybeNumber[];
  readonly infererQuantile: number | null;
  readonly forecasterEma: readonly MaybeNumber[];
  readonly forecasterQuantile: number | null;
  readonly reputerEma: readonly MaybeNumber[];
  readonly reputerQuantile: number;
}

/** Sections 7 and 8: scores of all three roles, the reputers' listening coefficients, EMA scores and quantiles. */
export function scoreEpoch(input: ScoreInput, params: ScoreParams): EpochScores {
  checkParams(params, SCORE_PARAMETERS);
  checkScoreInput(input);
  const { networkLosses: losses } = input;
  const alpha = params.meritSortitionAlpha;
  const inferers = scoreRole(losses.inferer, () => infererScores(losses), {
    previousEma: input.infererEma,
    quantile: params.activeInfererQuantile,
    alpha,
  });
  const forecasters = scoreRole(losses.forecaster, () => forecasterScores(losses), {
    previousEma: input.forecasterEma,
    quantile: params.activeForecasterQuantile,
    alpha,
  });
  const consensus = listenToReputers(
    consensusTable(input.bundles, input.inferers.length, input.forecasters.length),
    input.stakes,
    input.listeningCoefficients.map((a) => a ?? 1),
    params,
  );
  return {
    infererScores: inferers.scores,
    forecasterScores: forecasters.scores,
    reputerScores: consensus.scores,
    listeningCoefficients: consensus.listeningCoefficients,
    infererEma: inferers.ema,
    infererQuantile: inferers.quantile,
    forecasterEma: forecasters.ema,
    forecasterQuantile: forecasters.quantile,
    reputerEma: emaScores(alpha, consensus.scores, input.reputerEma),
    reputerQuantile: quantile(consensus.scores, params.activeReputerQuantile),
  };
}

function checkScoreInput(input: ScoreInput): void {
  checkReportedLosses(input);
  requireLossBundle('networkLosses', input.networkLosses, input.inferers.length, input.forecasters.length);
  requireLength('listeningCoefficients', input.listeningCoefficients.length, input.reputers.length);
  requireLength('infererEma', input.infererEma.length, input.inferers.length);
  requireLength('forecasterEma', input.forecasterEma.length, input.forecasters.length);
  requireLength('reputerEma', input.reputerEma.length, input.reputers.length);
}

interface RoleScores {
  readonly scores: readonly MaybeNumber[];
  readonly ema: readonly MaybeNumber[];
  readonly quantile: number | null;
}

/** The only worker with a loss scores 0 and leaves EMA and quantile alone; otherwise both follow the scores. */
function scoreRole(
  losses: Row,
  score: () => MaybeNumber[],
  options: { readonly previousEma: Row; readonly quantile: number; readonly alpha: number },
): RoleScores {
  const withLoss = losses.flatMap((loss, a) => (loss === null ? [] : [a]));
  if (withLoss.length === 1) {
    const scores = emptyRow(losses.length).with(withLoss[0]!, LONE_WORKER_SCORE);
    return { scores, ema: options.previousEma, quantile: null };
  }
  const scores = score();
  return {
    scores,
    ema: emaScores(options.alpha, scores, options.previousEma),
    quantile: quantile(
      scores.filter((x) => x !== null),
      options.quantile,
    ),
  };
}

/** T_j = L^{-j} - L in log10 loss, for every inferer with a one-out loss (section 7). */
export function infererScores(losses: LossBundle): MaybeNumber[] {
  return losses.oneOutInferer.map((loss) => (loss === null ? null : saturate(loss - losses.combined)));
}

/**
 * T_k = f+ (L^- - L^{+k}) + (1 - f+)(L^{-k} - L) in log10 loss, f+ = 2^(1 - N) for N one-out losses (section 7).
 * A forecaster's one-in and one-out losses are paired by its id.
 */
export function forecasterScores(losses: LossBundle): MaybeNumber[] {
  const count = losses.oneOutForecaster.filter((loss) => loss !== null).length;
  const oneInPart = power(0.5, count - 1);
  return losses.oneOutForecaster.map((oneOut, k) => {
    const oneIn = losses.oneInForecaster[k]!;
    if (oneOut === null || oneIn === null) return null;
    const added = saturate(losses.naive - oneIn);
    const removed = saturate(oneOut - losses.combined);
    return saturate(oneInPart * added + (1 - oneInPart) * removed);
  });
}
