import type { ParticipantStatus } from '../status/status-book';
import type { Journal } from '../journal/journal';
import type { Limits } from '../config/runner-config';
import type { Log } from '../log';
import type { Pace } from './retrying';
import type { RunnerMetrics } from '../status/metrics';
import type { StatusBook } from '../status/status-book';

/** What a participant at work stands on, whatever its role. */
export interface Desk {
  readonly topicId: number;
  readonly address: string;
  readonly journal: Journal;
  readonly book: StatusBook;
  readonly metrics: RunnerMetrics;
  readonly log: Log;
  readonly limits: Limits;
  readonly pace: Pace;
  readonly dryRun: boolean;
  readonly now: () => number;
  readonly random: () => number;
}

export const labelsOf = ({ address, topicId }: Pick<Desk, 'address' | 'topicId'>) => ({
  address,
  topic: String(topicId),
});

export type Role = ParticipantStatus['role'];
