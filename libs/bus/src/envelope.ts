import type { BusTopic } from '@allora/contracts/catalog';
import { encodeMessage } from '@allora/contracts/encode';
import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import { newEventId } from './event-id';
import type { Delivery } from './service-bus';
import { checkRecord, type LogRecord, type StoredRecord } from './transport';

export interface Stamp {
  readonly nowMs: number;
  /** W3C trace context; empty without one. */
  readonly traceParent: string;
}

/** The record is not what the topic's catalog entry says: no handler could ever read it. */
export class UndecodableRecordError extends Error {
  override readonly name = 'UndecodableRecordError';
}

export type Sealed<T> = Pick<BusTopic<T>, 'name' | 'schema' | 'message' | 'key'>;

export function seal<T>(topic: Sealed<T>, message: T, stamp: Stamp): LogRecord {
  const value = encodeMessage(Envelope, {
    eventId: newEventId(stamp.nowMs),
    schema: topic.schema,
    producedAtMs: stamp.nowMs,
    traceParent: stamp.traceParent,
    payload: encodeMessage(topic.message, message),
  });
  const record = { key: topic.key(message), value };
  checkRecord(topic.name, record);
  return record;
}

export function open<T>(topic: Pick<Sealed<T>, 'schema' | 'message'>, record: StoredRecord): Delivery<T> {
  const { eventId, schema, producedAtMs, traceParent, payload } = decoded(() =>
    Envelope.decode(record.value),
  );
  if (schema !== topic.schema) {
    throw new UndecodableRecordError(
      `expected an envelope of ${topic.schema}, found "${schema.slice(0, 200)}"`,
    );
  }
  if (eventId === '') throw new UndecodableRecordError('the envelope has no event id');
  const message = decoded(() => topic.message.decode(payload));
  return { message, eventId, producedAtMs, traceParent, position: record.position };
}

function decoded<R>(decode: () => R): R {
  try {
    return decode();
  } catch (cause) {
    throw new UndecodableRecordError('the bytes are not of the schema', { cause });
  }
}
