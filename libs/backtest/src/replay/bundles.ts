import { lossOfTruth } from '@allora/protocol/explain/recovered-truth';
import type { ToldValues } from '@allora/protocol/explain/epoch-values';
import type { LossBundle } from '@allora/protocol/loss/loss-table';
import { logLoss, topicLoss } from '@allora/protocol/loss/topic-loss';
import type { LossOptions } from '@allora/protocol/loss/loss-options';
import { emptyRow, type Row } from '@allora/protocol/regret/regret-table';
import type { ReporterTruth } from '../history/recorded';

/** Loss of a value on the topic's scale. */
export type LossOfValue = (value: number) => number;

/** How a reputer of this truth loses values: as its own losses show where they were told, else by the loss that the topic names. */
export function lossAgainst(
  { truth, errorFloor, source }: ReporterTruth,
  lossMethod: string,
  options: LossOptions = {},
): LossOfValue {
  const own = topicLoss(lossMethod, options);
  if (source === 'given') return (value) => own.reported(truth, value);
  const least = logLoss(0, own.floor);
  return (value) => Math.max(lossOfTruth(truth, value, errorFloor), least);
}

/** What a reputer reports of an epoch. */
export function bundleOf({ values }: ToldValues, lossOf: LossOfValue): LossBundle {
  const row = (of: Row): Row => of.map((value) => (value === null ? null : lossOf(value)));
  // A bundle that knows a single inferer has no other to withhold it from (section 5).
  const lone = values.inferer.length <= 1;
  return {
    combined: lossOf(values.combined),
    naive: lossOf(values.naive),
    inferer: row(values.inferer),
    forecaster: row(values.forecaster),
    oneOutInferer: lone ? emptyRow(values.inferer.length) : row(values.oneOutInferer),
    oneOutForecaster: row(values.oneOutForecaster),
    oneInForecaster: row(values.oneInForecaster),
    oneOutInfererForecaster: values.oneOutInfererForecaster.map(row),
  };
}
