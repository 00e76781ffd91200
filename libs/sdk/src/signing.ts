import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';

export type PayloadBody = NonNullable<SignedPayload['body']>;

export interface Proof {
  /** Hex, lower case. */
  readonly publicKey: string;
  readonly signature: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Canonical bytes of what an account signs. */
export const payloadBytes = (chainId: string, body: PayloadBody): Uint8Array =>
  SignedPayload.encode({ chainId, body }).finish();

/** The fields that a REST command carries beside its own. */
export function prove(account: Account, chainId: string, body: PayloadBody): Proof {
  const signature = account.sign(payloadBytes(chainId, body));
  return { publicKey: hex(account.publicKey), signature: hex(signature) };
}
