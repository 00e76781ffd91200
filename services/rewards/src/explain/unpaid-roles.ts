import { EpochOutcome, type EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { NothingPaid } from '@allora/protocol/explain/explain-payment';
import type { WorkedRole } from '@allora/protocol/explain/worked-epoch';
import type { SettledEpoch } from '../settled-epochs.store';

export type UnpaidCode = NothingPaid | 'EPOCH_EMPTY' | 'EPOCH_UNDEFINED' | 'NO_SCORE' | 'BUNDLE_NOT_COUNTED';

export interface Unpaid {
  readonly code: UnpaidCode;
  readonly text: string;
}

const texts: Readonly<Record<NothingPaid, string>> = {
  NOTHING_SET_ASIDE:
    'nothing was set aside for the epoch: its topic weighed less than the minimum, or enough others weighed more',
  NO_TASK_REWARD: 'its task had no part in the reward of the epoch',
  NO_SHARE: 'its share of the task is 0',
  BELOW_ONE_UALLO: 'its reward is below one uallo',
};

export const nothingPaid = (code: NothingPaid): Unpaid => ({ code, text: texts[code] });

/** The roles in which an epoch's scores name a participant, and whether it has a score in them. */
export function rolesOf(
  scores: EpochScores,
  address: string,
): readonly { readonly role: WorkedRole; readonly scored: boolean }[] {
  const inList = (role: WorkedRole, list: readonly { id: string; score?: number | undefined }[]) =>
    list.filter(({ id }) => id === address).map(({ score }) => ({ role, scored: score !== undefined }));
  const reputers = inList(
    'reputer',
    scores.reputers.map(({ reputer: id, score }) => ({ id, score })),
  );
  const left = scores.findings.some(({ reputer, reason }) => reputer === address && reason !== '');
  return [
    ...inList(
      'inferer',
      scores.inferers.map(({ participant: id, score }) => ({ id, score })),
    ),
    ...inList(
      'forecaster',
      scores.forecasters.map(({ participant: id, score }) => ({ id, score })),
    ),
    ...(reputers.length === 0 && left ? [{ role: 'reputer' as const, scored: false }] : reputers),
  ];
}

/** Why a role of an epoch was paid nothing before any number of it mattered; null when numbers decided. */
export function unpaidBefore(
  { scores, result, state }: SettledEpoch,
  address: string,
  { role, scored }: { readonly role: WorkedRole; readonly scored: boolean },
): Unpaid | null {
  const finding = scores.findings.find(({ reputer, reason }) => reputer === address && reason !== '');
  if (role === 'reputer' && finding) {
    const rank = finding.rank === undefined ? '' : `, rank ${finding.rank} by EMA score`;
    return { code: 'BUNDLE_NOT_COUNTED', text: `its losses do not count: ${finding.reason}${rank}` };
  }
  if (result === 'empty') {
    const why = scores.outcome === EpochOutcome.NO_INFERENCES ? 'it had no inferences' : 'it had no losses';
    return { code: 'EPOCH_EMPTY', text: `nobody was scored in the epoch: ${why}` };
  }
  if (!scored) {
    const text = 'it has no score: it was passive, or no loss that counts was reported of it';
    return { code: 'NO_SCORE', text };
  }
  if (result === 'undefined') {
    const { code, message } = state.reason ?? { code: 'unknown', message: '' };
    return {
      code: 'EPOCH_UNDEFINED',
      text: `the formulas have no answer for the epoch: ${code}: ${message}`,
    };
  }
  return null;
}
