import { randomBytes } from 'node:crypto';
import { accountFromKey } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';

export interface Rotation {
  readonly secret: string;
  readonly publicKey: string;
  /** Settings of every service that signs or checks, roll-out by roll-out. */
  readonly steps: readonly { readonly what: string; readonly settings: Readonly<Record<string, string>> }[];
}

interface Order {
  readonly presentPublicKey: string;
  readonly startsAt: Date;
  /** How long what the present key signed is still acted on after that. */
  readonly overlapMs: number;
}

const time = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** A new key of the network, and how it takes over: told first, then signing, while the old one is still accepted. */
export function planRotation({ presentPublicKey, startsAt, overlapMs }: Order): Rotation {
  const secret = randomBytes(32).toString('hex');
  const publicKey = hexOf(accountFromKey(Buffer.from(secret, 'hex')).publicKey);
  const until = time(new Date(startsAt.getTime() + overlapMs));
  return {
    secret,
    publicKey,
    steps: [
      {
        what: `now: tell clients of the next key; nothing signs with it before ${time(startsAt)}`,
        settings: { NETWORK_PUBLIC_KEYS: `${publicKey}@${time(startsAt)}/` },
      },
      {
        what: `at ${time(startsAt)}: sign with it; what the old key has signed is acted on until ${until}, and its receipts verify for ever`,
        settings: { NETWORK_KEY: secret, NETWORK_PUBLIC_KEYS: `${presentPublicKey}@/${until}` },
      },
    ],
  };
}

export const rotationText = ({ publicKey, steps }: Rotation): string =>
  [
    `The next public key of the network: ${publicKey}`,
    'Roll out twice; the secret is shown this once.',
    ...steps.flatMap(({ what, settings }, n) => [
      '',
      `${n + 1}. ${what}`,
      ...Object.entries(settings).map(([name, value]) => `   ${name}=${value}`),
    ]),
    '',
  ].join('\n');
