import { RefusalError } from '@allora/contracts/errors';

export interface Page {
  /** Topics with a higher id than this. */
  readonly after: number;
  readonly limit: number;
}

/** Clients put tokens into addresses as they are: letters, digits, dashes and underscores only. */
export const pageToken = ({ after, limit }: Page): string =>
  Buffer.from(`topics ${after} ${limit}`).toString('base64url');

export function pageOf(token: string): Page {
  const [, after, limit] = /^topics (\d{1,15}) (\d{1,4})$/.exec(decoded(token)) ?? [];
  const page = { after: Number(after), limit: Number(limit) };
  // Only what was handed out: no second spelling of the same page.
  if (pageToken(page) !== token || page.limit < 1)
    throw new RefusalError('MALFORMED', 'continuation_token: expected one that this service handed out');
  return page;
}

const decoded = (token: string): string => Buffer.from(token, 'base64url').toString('latin1');
