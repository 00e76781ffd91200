import { layOutBundle, lossColumns, readBundle } from '../loss/loss-table';
import type { ReportedLosses } from '../loss/network-losses';
import { sum } from '../numeric';

/**
 * The same bundles with only the entries that more than half of the stake reported. An entry that none but unheard reputers
 * report has no consensus, and the reference refuses the epoch; one such reputer must not be able to stop a topic.
 */
export function confirmedEntries(reported: ReportedLosses): ReportedLosses {
  const columns = lossColumns(reported.inferers.length, reported.forecasters.length);
  const rows = reported.bundles.map((bundle) => {
    const row = new Float64Array(columns.count);
    layOutBundle(bundle, columns, row, 0);
    return row;
  });
  const half = sum(reported.stakes) / 2;
  for (let d = 0; d < columns.count; d += 1) {
    const behind = sum(reported.stakes.map((stake, m) => (Number.isNaN(rows[m]![d]!) ? 0 : stake)));
    if (behind <= half) for (const row of rows) row[d] = NaN;
  }
  return { ...reported, bundles: rows.map((row) => readBundle(row, columns)) };
}
