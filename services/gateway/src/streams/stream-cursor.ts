import { RefusalError } from '@allora/contracts/errors';

/** A place in the stream. A fact is told as one event or two, so that a place is a fact's number times two, plus the event's. */
export interface StreamPoint {
  /** Of the projection: one that was emptied and made anew counts from the beginning. */
  readonly generation: string;
  readonly position: number;
}

const EVENTS_OF_A_FACT = 2;
const CURSOR = /^([0-9a-f]{12})-(0|[1-9a-z][0-9a-z]{0,9})$/;

export const positionOf = (seq: number, part: 0 | 1): number => seq * EVENTS_OF_A_FACT + part;
/** The place behind everything of the fact. */
export const positionBehind = (seq: number): number => positionOf(seq, 1);
/** The last fact that was told as a whole at this place. */
export const wholeFactsAt = (position: number): number => Math.floor((position + 1) / EVENTS_OF_A_FACT) - 1;

export const cursorText = ({ generation, position }: StreamPoint): string =>
  `${generation}-${position.toString(36)}`;

export function readCursor(text: string): StreamPoint {
  const [, generation, position] = CURSOR.exec(text) ?? [];
  if (generation === undefined || position === undefined || text.length > 32)
    throw new RefusalError('MALFORMED', 'cursor: is not one that a stream has told');
  return { generation, position: parseInt(position, 36) };
}

/** Refuses a cursor that the stream as it stands cannot go on from. */
export function requireCurrent(cursor: StreamPoint, head: { generation: string; seq: number }): void {
  if (cursor.generation === head.generation && cursor.position <= positionBehind(head.seq)) return;
  throw new RefusalError(
    'CURSOR_EXPIRED',
    'the record that this cursor is of was made anew since; what was told meanwhile is in the history',
    { cursor: cursorText(cursor) },
  );
}
