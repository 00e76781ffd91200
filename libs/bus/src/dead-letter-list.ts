import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import { DeadLetterReason, readDeadLetter } from './dead-letters';
import type { WaitingDeadLetter } from './service-bus';
import type { StoredRecord } from './transport';

export const reasonName = (reason: DeadLetterReason): WaitingDeadLetter['reason'] =>
  reason === DeadLetterReason.UNDECODABLE ? 'undecodable' : 'handler_failed';

/** A letter of `service`; undefined for one of another service, or what is no letter at all. */
export function waitingDeadLetter(service: string, stored: StoredRecord): WaitingDeadLetter | undefined {
  const letter = read(stored);
  if (letter?.service !== service) return undefined;
  return {
    service,
    topic: letter.topic,
    reason: reasonName(letter.reason),
    attempts: letter.attempts,
    error: letter.error,
    key: letter.key,
    position: { partition: letter.partition, offset: letter.offset },
    ...envelopeOf(letter.value),
    bytes: letter.value.length,
    appendedAtMs: letter.appendedAtMs,
    failedAtMs: letter.failedAtMs,
  };
}

function read(stored: StoredRecord) {
  try {
    return readDeadLetter(stored).letter;
  } catch {
    return undefined; // a replay logs it
  }
}

/** What is readable of a record that may have been given up for being unreadable. */
function envelopeOf(value: Uint8Array): { schema: string; eventId: string } {
  try {
    const { schema, eventId } = Envelope.decode(value);
    return { schema, eventId };
  } catch {
    return { schema: '', eventId: '' };
  }
}
