import type {
  BundleFinding,
  DroppedLoss as DroppedLossMessage,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { DroppedLoss, LossList } from '@allora/protocol/loss/bundle-filter';
import { compareIds } from '@allora/protocol/shape';
import type { Finding } from './accept-bundles';

/** Field of the bundle's message that holds a list. */
const fields: Readonly<Record<LossList, string>> = {
  inferer: 'inferers',
  forecaster: 'forecasters',
  oneOutInferer: 'one_out_inferers',
  oneOutForecaster: 'one_out_forecasters',
  oneInForecaster: 'one_in_forecasters',
  oneOutInfererForecaster: 'one_out_inferer_forecasters',
};

/**
 * Findings stand in one record with the epoch's scores. With these limits they are under 3 MB of its 8 MiB, so that no number
 * of bad bundles can make an epoch too large to be told.
 */
export const MAX_TOLD = { findings: 10_000, valuesOfOne: 100, values: 10_000 } as const;

/** Of more findings than can be told those of bundles that do not count at all go first, as their authors got nothing. */
export function findingMessages(findings: readonly Finding[]): BundleFinding[] {
  const told = findings.length <= MAX_TOLD.findings ? findings : chosen(findings);
  const inPart = told.filter(({ dropped }) => dropped.length > 0).length;
  const share = Math.min(MAX_TOLD.valuesOfOne, Math.floor(MAX_TOLD.values / Math.max(1, inPart)));
  return told.map(({ reputer, reason, merit, dropped }) => ({
    reputer,
    reason: reason ?? '',
    rank: merit?.rank,
    emaScore: merit?.emaScore,
    dropped: dropped.map(droppedMessage).sort(compareDropped).slice(0, share),
    droppedCount: dropped.length,
  }));
}

/** In an order of its own: that of the sender's lists has no part in what is told. */
const compareDropped = (a: DroppedLossMessage, b: DroppedLossMessage): number =>
  compareIds(a.field, b.field) || compareIds(a.worker, b.worker) || compareIds(a.reason, b.reason);

function chosen(findings: readonly Finding[]): Finding[] {
  const whole = findings.filter(({ reason }) => reason !== null);
  const inPart = findings.filter(({ reason }) => reason === null);
  const kept = new Set([...whole, ...inPart].slice(0, MAX_TOLD.findings));
  return findings.filter((finding) => kept.has(finding));
}

const droppedMessage = ({ list, forecaster, worker, reason }: DroppedLoss): DroppedLossMessage => ({
  field: forecaster === undefined ? fields[list] : `${fields[list]}.${forecaster}`,
  worker,
  reason,
});
