import type { LogPosition } from '@allora/bus/transport';

/** Place of a submission on its log: of the record, and within it. */
export interface SubmissionPosition extends LogPosition {
  readonly index: number;
}
