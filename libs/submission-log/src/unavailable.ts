import { RefusalError } from '@allora/contracts/errors';

/** Seconds after which a caller may try again; long enough for a leader election, short against any window. */
const RETRY_AFTER_SECONDS = 1;

export const unavailable = (detail: string): RefusalError =>
  new RefusalError('UNAVAILABLE', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });

export const tooLong = (): RefusalError => unavailable('the log takes too long');
