import { createHash } from 'node:crypto';
import {
  type InferenceRequest,
  SignedPayload,
  type SignedMessage,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';

/** What a client was told; of an end everything that is compared. */
export type PurchaseAnswer =
  | {
      readonly kind: 'ended';
      /** REST and gRPC write the same differently: each is compared with its like. */
      readonly form: 'rest' | 'grpc';
      readonly digest: string;
      readonly end: PurchaseEnd;
    }
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  | { readonly kind: 'lost'; readonly reason: string };

export interface PurchaseEnd {
  readonly state: string;
  readonly chargedUallo: bigint;
  readonly refundedUallo: bigint;
  readonly inferences: readonly {
    readonly payload: Uint8Array;
    readonly signature: Uint8Array;
    readonly chargedUallo: bigint;
  }[];
}

/** A purchase as it travels, and every answer to it. */
export interface PurchaseParcel {
  readonly account: string;
  readonly requestId: string;
  /** SHA-256 of the signed bytes. */
  readonly id: string;
  readonly feeUallo: bigint;
  readonly parts: number;
  /** How often it is sent at once to begin with. */
  readonly times: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly signed: SignedMessage;
  readonly answers: PurchaseAnswer[];
}

const kinds = { latest: 'latest', nextEpoch: 'next-epoch', subscription: 'subscription' } as const;

export function writePurchase(
  account: Account,
  request: Omit<InferenceRequest, 'account'>,
  writing: { readonly chainId: string; readonly times: number },
): PurchaseParcel {
  const value = { account: account.address, ...request };
  const body = { $case: 'inferenceRequest', value } as const;
  const payload = SignedPayload.encode({ chainId: writing.chainId, body }).finish();
  const signature = account.sign(payload);
  const { purchase, ...fields } = value;
  if (!purchase) throw new Error('a purchase is of something');
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return {
    account: account.address,
    requestId: request.requestId,
    id: createHash('sha256').update(payload).digest('hex'),
    feeUallo: BigInt(request.feeUallo),
    parts: purchase.$case === 'subscription' ? purchase.value.epochs : 1,
    times: writing.times,
    json: {
      ...fields,
      purchase: { kind: kinds[purchase.$case], ...purchase.value },
      publicKey: hex(account.publicKey),
      signature: hex(signature),
    },
    signed: { payload, publicKey: account.publicKey, signature },
    answers: [],
  };
}

/** "Not now" is no answer. */
const undecided: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL',
  'NO_INFERENCE_YET',
]);

export const isFinal = (answer: PurchaseAnswer): boolean =>
  answer.kind === 'ended' || (answer.kind === 'refused' && !undecided.has(answer.code));

export const endOf = ({ answers }: PurchaseParcel): PurchaseEnd | undefined => {
  for (const answer of answers) if (answer.kind === 'ended') return answer.end;
  return undefined;
};
