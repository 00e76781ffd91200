import { RefusalError } from '@allora/contracts/errors';
import { type InferenceRequest, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { inferenceRequestFields } from '@allora/public-api/routes/purchases';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import type { z } from 'zod';

type Fields = z.output<typeof inferenceRequestFields>;

const cases = { 'next-epoch': 'nextEpoch', latest: 'latest' } as const;
const kinds = { nextEpoch: 'next-epoch', latest: 'latest', subscription: 'subscription' } as const;

/** JSON as it is signed. */
export function requestOf({ purchase, ...fields }: Fields): InferenceRequest {
  return {
    ...fields,
    purchase:
      purchase.kind === 'subscription'
        ? { $case: 'subscription', value: { epochs: purchase.epochs } }
        : { $case: cases[purchase.kind], value: {} },
  };
}

const fieldsPipe = new ZodPipe(inferenceRequestFields);

/** The request within signed bytes, held to the same form as JSON; they must be of this chain and canonical. */
export function requestWithin(bytes: Uint8Array, chainId: string): InferenceRequest {
  const payload = decoded(bytes);
  if (payload?.body?.$case !== 'inferenceRequest') {
    throw new RefusalError('MALFORMED', 'signed.payload: not the canonical form of an inferenceRequest');
  }
  if (payload.chainId !== chainId) {
    throw new RefusalError('BAD_SIGNATURE', `the signature is not for chain ${chainId}`);
  }
  const { purchase, ...fields } = payload.body.value;
  const named = purchase && { kind: kinds[purchase.$case], ...purchase.value };
  return requestOf(fieldsPipe.transform({ ...fields, purchase: named }));
}

function decoded(bytes: Uint8Array): SignedPayload | undefined {
  try {
    const payload = SignedPayload.decode(bytes);
    return Buffer.compare(SignedPayload.encode(payload).finish(), bytes) === 0 ? payload : undefined;
  } catch {
    return undefined;
  }
}
