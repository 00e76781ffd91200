import { randomBytes } from 'node:crypto';
import { evmAccountFromKey } from '@allora/identity/evm-account';
import { type Rotation, type RotationOrder, time, toldKeys } from './rotation';

/**
 * A new key towards contracts. They take what addresses of their own lists have signed, so each list has both addresses while
 * replicas with either key answer, and as long after that as a signature counts.
 */
export function planEvmKey(order: RotationOrder): Rotation {
  const secret = randomBytes(32).toString('hex');
  const next = evmAccountFromKey(Buffer.from(secret, 'hex')).address;
  const starts = time(order.startsAt);
  const { before, after, until } = toldKeys(order, next);
  return {
    secret,
    next,
    steps: [
      {
        what: `now: GET /v1/evm tells of the next address; before ${starts} every contract allows it beside the present one: setDataProvider(${next}, true)`,
        settings: { EVM_SIGNER_ADDRESSES: before },
      },
      {
        what: `at ${starts}, once all contracts do: sign with it`,
        settings: { EVM_SIGNING_KEY: secret, EVM_SIGNER_ADDRESSES: after },
      },
      {
        what: `after ${until}: every contract lets the old address go: setDataProvider(${order.present}, false)`,
        settings: {},
      },
    ],
  };
}
