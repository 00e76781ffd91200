/**
 * Every reason for which a rule of the protocol refuses to compute. Codes are part of the public surface:
 * they are added, never renamed or reused.
 */
export const ERROR_CODES = [
  'NO_INFERENCES',
  'NO_PARTICIPANTS',
  'IDS_NOT_ASCENDING',
  'SHAPE_MISMATCH',
  'NOT_FINITE',
  'INVALID_PARAMETER',
  'INVALID_INPUT',
  'INVALID_AMOUNT',
  'ZERO_STAKE',
  'ZERO_WEIGHTS',
  'CONSENSUS_UNDEFINED',
  'ENTROPY_UNDEFINED',
  'NEGATIVE_CIRCULATION',
  'ZERO_TOTAL_WEIGHT',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * Thrown when an input has no answer under the protocol. `code` is for programs, `message` tells the caller what
 * to do. An `Error` needs a prototype to carry a stack, which is why this is the one class of the library.
 */
export class ProtocolError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}
