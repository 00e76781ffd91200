import { randomBytes } from 'node:crypto';
import { accountFromKey } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';
import { type Rotation, type RotationOrder, time, toldKeys } from './rotation';

/** A new key of the network, and how it takes over: told first, then signing, while the old one is still accepted. */
export function planNetworkKey(order: RotationOrder): Rotation {
  const secret = randomBytes(32).toString('hex');
  const next = hexOf(accountFromKey(Buffer.from(secret, 'hex')).publicKey);
  const starts = time(order.startsAt);
  const { before, after, until } = toldKeys(order, next);
  return {
    secret,
    next,
    steps: [
      {
        what: `now: tell clients of the next key; nothing signs with it before ${starts}`,
        settings: { NETWORK_PUBLIC_KEYS: before },
      },
      {
        what: `at ${starts}: sign with it; what the old key has signed is acted on until ${until}, and its receipts verify for ever`,
        settings: { NETWORK_KEY: secret, NETWORK_PUBLIC_KEYS: after },
      },
    ],
  };
}
