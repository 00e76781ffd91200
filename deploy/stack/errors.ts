export type StackCode =
  | 'ADDRESS_UNREACHABLE'
  | 'PROGRAM_MISSING'
  | 'COMMAND_FAILED'
  | 'START_FAILED'
  | 'LOCK_TIMEOUT'
  | 'STATE_UNREADABLE';

export class StackError extends Error {
  override readonly name = 'StackError';
  constructor(
    readonly code: StackCode,
    message: string,
  ) {
    super(message);
  }
}

export function reasonOf(error: unknown): string {
  // Node reports a refused connection on several addresses as an AggregateError with an empty message.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
