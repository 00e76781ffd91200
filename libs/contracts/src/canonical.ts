import { encodeMessage } from './encode';
import type { MessageFns } from './gen/allora/bus/v1/envelope';

/** The message of bytes in canonical form. Undefined for any others: what is signed has one meaning and one form of it. */
export function decodeCanonical<T>(
  type: Pick<MessageFns<T>, 'encode' | 'decode'>,
  bytes: Uint8Array,
): T | undefined {
  try {
    const message = type.decode(bytes);
    return Buffer.compare(encodeMessage(type, message), bytes) === 0 ? message : undefined;
  } catch {
    return undefined;
  }
}
