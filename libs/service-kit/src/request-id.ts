import { randomUUID } from 'node:crypto';

export const requestIdHeader = 'x-request-id';

// Random once for the process, counted from there on: an id has to be told from others, not to be secret.
const ownPart = randomUUID().slice(0, 24);
let count = 0;
const nextId = (): string => ownPart + (++count).toString(16).padStart(12, '0');

/** The caller's own id when it is harmless in logs and headers, else a new one. */
export const acceptRequestId = (given: unknown): string =>
  typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : nextId();
