import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MessageFns } from './gen/allora/bus/v1/envelope';

let shared = new BinaryWriter();

/** Canonical bytes of a message. One writer serves all: a new one for each grows its buffer from nothing every time. */
export function encodeMessage<T>(type: Pick<MessageFns<T>, 'encode'>, message: T): Uint8Array {
  try {
    return type.encode(message, shared).finish();
  } catch (error) {
    // It stopped in the middle of a message.
    shared = new BinaryWriter();
    throw error;
  }
}
