import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import { toHex } from './hex';

export type PayloadBody = NonNullable<SignedPayload['body']>;

export interface Proof {
  /** Hex, lower case. */
  readonly publicKey: string;
  readonly signature: string;
}

/** Canonical bytes of what an account signs. */
export const payloadBytes = (chainId: string, body: PayloadBody): Uint8Array =>
  SignedPayload.encode({ chainId, body }).finish();

/** The fields that a REST command carries beside its own. */
export function prove(account: Account, chainId: string, body: PayloadBody): Proof {
  const signature = account.sign(payloadBytes(chainId, body));
  return { publicKey: toHex(account.publicKey), signature: toHex(signature) };
}
