import { isAddress } from '@allora/identity/address';
import { z } from 'zod';

/** The forms that requests of several services share. */
export const addressText = z.string().refine(isAddress, 'expected an allo1… address');
export const topicIdNumber = z.int().min(1);
export const nonceNumber = z.int().min(0);

/** A topic id in a path. */
export const topicIdText = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected a topic id')
  .transform(Number);

/** A submission's hash in a path. */
export const hashText = z.string().regex(/^[0-9a-f]{64}$/, 'expected 32 bytes in lower-case hex');

/** Bytes in JSON. */
export const hexBytes = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${length * 2}}$`), `expected ${length} bytes in lower-case hex`)
    .transform((text) => new Uint8Array(Buffer.from(text, 'hex')));

/** What every signed JSON command carries beside its own fields. */
export const proofShape = { publicKey: hexBytes(33), signature: hexBytes(64) };
