import { RefusalError } from '@allora/contracts/errors';

/** A place in a topic's history: of the last entry that a reader has. */
export interface HistoryCursor {
  readonly toldMs: number;
  readonly nonce: number;
}

/** Opaque to readers; the leading number says of which form it is. */
export const cursorText = ({ toldMs, nonce }: HistoryCursor): string =>
  Buffer.from(`1.${toldMs}.${nonce}`).toString('base64url');

export function cursorOf(text: string): HistoryCursor {
  const plain = Buffer.from(text, 'base64url').toString();
  const [, toldMs, nonce] = /^1\.(\d{1,15})\.(\d{1,15})$/.exec(plain) ?? [];
  if (toldMs === undefined || nonce === undefined) {
    const errors = [{ path: 'after', message: 'is no cursor of this history' }];
    throw new RefusalError('MALFORMED', 'after: is no cursor of this history', { errors });
  }
  return { toldMs: Number(toldMs), nonce: Number(nonce) };
}
