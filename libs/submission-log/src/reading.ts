import { decodeCanonical } from '@allora/contracts/canonical';
import { encodeMessage } from '@allora/contracts/encode';
import { SignedPayload, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { z } from 'zod';
import type { DoorKind, Submission } from './kind';

/** A readable submission with what must prove it. */
export interface Candidate<P> {
  readonly submission: P;
  /** Network it was signed for. */
  readonly chainId: string;
  readonly signed: SignedMessage;
}

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export type Reading<P> = { readonly form: 'sound'; readonly candidate: Candidate<P> } | UnsoundReading;

export type UnsoundReading =
  | { readonly form: 'broken'; readonly problem: string; readonly errors: readonly FieldError[] }
  /** Over the size limit, and so not read at all. */
  | { readonly form: 'oversized'; readonly sizeBytes: number };

const broken = (problem: string, errors: readonly FieldError[] = []): UnsoundReading => ({
  form: 'broken',
  problem,
  errors,
});

const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));

const brokenFields = (error: z.ZodError): UnsoundReading => {
  const errors = fieldErrors(error);
  const [first] = errors;
  return broken(
    first ? `${first.path || 'the body'}: ${first.message}` : 'not of the documented form',
    errors,
  );
};

/** Reads JSON fields and rebuilds the bytes that their author signed. */
export function readJson<P extends Submission>(
  kind: DoorKind<P>,
  from: { readonly chainId: string; readonly topicId: number; readonly body: unknown },
): Reading<P> {
  const parsed = kind.body.safeParse(from.body);
  if (!parsed.success) return brokenFields(parsed.error);
  const { publicKey, signature, ...fields } = parsed.data;
  const { chainId, topicId } = from;
  // The fields of P that are left and the one that was left out; the compiler does not add them up.
  const submission = { ...fields, topicId } as unknown as P;
  const payload = encodeMessage(SignedPayload, { chainId, body: kind.wrap(submission) });
  return { form: 'sound', candidate: { submission, chainId, signed: { payload, publicKey, signature } } };
}

/** A signed message that can be read; whether its body can is for the form of its kind to tell. */
interface SignedReading {
  readonly form: 'canonical';
  readonly payload: SignedPayload;
  readonly signed: SignedMessage;
}

/** Reads signed bytes; only the canonical form is taken, so that one submission has one hash. */
export function readSigned(
  signed: SignedMessage | undefined,
  maxBytes: number,
): SignedReading | UnsoundReading {
  if (!signed) return broken('signed: is required');
  if (signed.payload.length > maxBytes) return { form: 'oversized', sizeBytes: signed.payload.length };
  if (signed.publicKey.length !== 33) return broken('signed.publicKey: expected 33 bytes');
  if (signed.signature.length !== 64) return broken('signed.signature: expected 64 bytes');
  const payload = decodeCanonical(SignedPayload, signed.payload);
  return payload
    ? { form: 'canonical', payload, signed }
    : broken('signed.payload: not the canonical bytes of a SignedPayload');
}

export function readBody<P extends Submission>(
  kind: DoorKind<P>,
  { payload, signed }: SignedReading,
): Reading<P> {
  const submission = kind.read(payload);
  if (!submission) return broken('signed.payload: holds another body than this service takes');
  const parsed = kind.form.safeParse(submission);
  if (!parsed.success) return brokenFields(parsed.error);
  return { form: 'sound', candidate: { submission: parsed.data, chainId: payload.chainId, signed } };
}

/** The submission of a record on our own log, whose form was checked when it was accepted. */
export function submissionOf<P extends Submission>(kind: DoorKind<P>, payload: Uint8Array): P {
  const submission = kind.read(SignedPayload.decode(payload));
  if (!submission) throw new Error(`a record of ${kind.log.name} holds another kind of submission`);
  return submission;
}
