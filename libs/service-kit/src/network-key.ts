import { type SignedMessage, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { type Account, accountFromKey, createAccount } from '@allora/identity/account';
import type { CommonConfig } from './common-config';

/** The network's own key, the same in every service: what it signs, clients check against one public key. */
export class NetworkKey {
  private constructor(
    readonly chainId: string,
    private readonly account: Account,
  ) {}

  static of({ chainId, networkKey }: Pick<CommonConfig, 'chainId' | 'networkKey'>): NetworkKey {
    const account =
      networkKey === undefined ? createAccount() : accountFromKey(Buffer.from(networkKey, 'hex'));
    return new NetworkKey(chainId, account);
  }

  /** Compressed, 33 bytes. */
  get publicKey(): Uint8Array {
    return this.account.publicKey;
  }

  /** Signs what the network says to a buyer, each a body of its own. */
  signMessage(
    body: Extract<SignedPayload['body'], { $case: 'inferenceStatement' | 'inferenceRefund' }>,
  ): SignedMessage {
    const payload = SignedPayload.encode({ chainId: this.chainId, body }).finish();
    return { payload, publicKey: this.publicKey, signature: this.account.sign(payload) };
  }

  /** Signs what stands for a group of receipts; a body of its own, so that the signature means nothing elsewhere. */
  signReceiptRoot(root: Uint8Array): Uint8Array {
    const body = { $case: 'receiptRoot', value: { root } } as const;
    return this.account.sign(SignedPayload.encode({ chainId: this.chainId, body }).finish());
  }
}
