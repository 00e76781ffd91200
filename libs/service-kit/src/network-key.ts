import { type SignedMessage, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { type Account, accountFromKey, createAccount } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';
import type { CommonConfig } from './common-config';
import { isValidAt, type PublishedKey, readPublishedKey } from './published-key';

type KeyConfig = Pick<CommonConfig, 'chainId' | 'networkKey'> &
  Partial<Pick<CommonConfig, 'networkPublicKeys'>>;

/**
 * The network's own key, the same in every service: what it signs, clients check against one public key. While it is replaced by
 * another, some replicas sign with one and some with the other, and all know both.
 */
export class NetworkKey {
  private constructor(
    readonly chainId: string,
    private readonly account: Account,
    /** What it signed with before, or will. */
    readonly others: readonly PublishedKey[],
  ) {}

  static of({ chainId, networkKey, networkPublicKeys = [] }: KeyConfig): NetworkKey {
    const account =
      networkKey === undefined ? createAccount() : accountFromKey(Buffer.from(networkKey, 'hex'));
    const own = hexOf(account.publicKey);
    const others = networkPublicKeys
      .flatMap((text) => readPublishedKey(text) ?? [])
      .filter(({ publicKey }) => publicKey !== own);
    return new NetworkKey(chainId, account, others);
  }

  /** Compressed, 33 bytes. */
  get publicKey(): Uint8Array {
    return this.account.publicKey;
  }

  /** Whether what is signed with the key is the network's word now. */
  accepts(publicKey: Uint8Array, nowMs: number): boolean {
    const given = hexOf(publicKey);
    if (given === hexOf(this.publicKey)) return true;
    const known = this.others.find((other) => other.publicKey === given);
    return known !== undefined && isValidAt(known, nowMs);
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
