import { SignedPayload, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';

export const CHAIN_ID = 'allora-bench-1';
export const TOPIC_ID = 1;

export interface SignedInference extends SignedMessage {
  readonly json: string;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** `count` different submissions: every account once for a nonce, then for the next one. */
export function signedInferences(
  accounts: readonly Account[],
  count: number,
  firstNonce: number,
): SignedInference[] {
  return Array.from({ length: count }, (_, i) => {
    const account = accounts[i % accounts.length]!;
    const nonce = firstNonce + Math.floor(i / accounts.length);
    const value = (1_000 + Math.random() * 1_000).toFixed(8);
    const inference = { topicId: TOPIC_ID, nonce, inferer: account.address, value, salt: new Uint8Array() };
    const payload = SignedPayload.encode({
      chainId: CHAIN_ID,
      body: { $case: 'inference', value: inference },
    }).finish();
    const signature = account.sign(payload);
    const { publicKey } = account;
    const json = {
      nonce,
      inferer: account.address,
      value,
      publicKey: hex(publicKey),
      signature: hex(signature),
    };
    return { payload, publicKey, signature, json: JSON.stringify(json) };
  });
}
