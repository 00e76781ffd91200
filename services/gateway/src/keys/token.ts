import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The form of the keys that existing clients hold: `UP-` and hex. The id is public, the secret is 256 bits. */
const form = /^UP-([0-9a-f]{16})-([0-9a-f]{64})$/;

export interface Token {
  readonly id: string;
  readonly secret: string;
}

export const makeToken = (): Token => ({
  id: randomBytes(8).toString('hex'),
  secret: randomBytes(32).toString('hex'),
});

export const tokenText = ({ id, secret }: Token): string => `${prefixOf(id)}-${secret}`;

/** What of a key may be shown. */
export const prefixOf = (id: string): string => `UP-${id}`;

export function readToken(text: string): Token | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Fast on purpose: a secret of 256 random bits cannot be guessed, so nothing is won by making each guess dear. */
export const secretHash = (secret: string): Buffer => hash('sha256', Buffer.from(secret, 'hex'), 'buffer');

export const isSecretOf = (secret: string, kept: Uint8Array): boolean =>
  timingSafeEqual(secretHash(secret), kept);

/** Of a whole key, for those that are told apart by it alone. */
export const tokenHash = (text: string): string => hash('sha256', text);
