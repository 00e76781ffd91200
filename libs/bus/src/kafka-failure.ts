/** The broker's name for what it refused, wherever kafkajs wrapped it. */
export function kafkaTypeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('type' in at && typeof at.type === 'string') return at.type;
  }
  return undefined;
}

const settling = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** The brokers are there, and still find out who keeps the group: for seconds after one of them began, longer than kafkajs asks. */
export const isSettling = (error: unknown): boolean => settling.has(kafkaTypeOf(error) ?? '');
