import { randomUUID } from 'node:crypto';

export const requestIdHeader = 'x-request-id';

/** The caller's own id when it is harmless in logs and headers, else a new one. */
export const acceptRequestId = (given: unknown): string =>
  typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
