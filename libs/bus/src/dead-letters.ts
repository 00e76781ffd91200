import { DeadLetter, DeadLetterReason } from '@allora/contracts/gen/allora/bus/v1/dead_letter';
import { open, seal, type Stamp } from './envelope';
import { describeFailure } from './failure';
import { deadLetterTopic, isValidKey, type LogRecord, type StoredRecord } from './transport';

export { DeadLetter, DeadLetterReason };

const deadLetters = {
  schema: 'allora.bus.v1.DeadLetter',
  message: DeadLetter,
  // A record from elsewhere may have any key, which then stands in the letter only.
  key: (letter: DeadLetter) => (isValidKey(letter.key) ? letter.key : '-'),
};

export interface Failure {
  readonly service: string;
  readonly reason: DeadLetterReason;
  readonly attempts: number;
  readonly error: unknown;
}

export function toDeadLetter(record: StoredRecord, failure: Failure, stamp: Stamp): LogRecord {
  const letter: DeadLetter = {
    service: failure.service,
    topic: record.topic,
    partition: record.position.partition,
    offset: record.position.offset,
    key: record.key,
    appendedAtMs: record.appendedAtMs,
    failedAtMs: stamp.nowMs,
    reason: failure.reason,
    attempts: failure.attempts,
    error: describeFailure(failure.error),
    value: record.value,
  };
  return seal({ ...deadLetters, name: deadLetterTopic(record.topic) }, letter, stamp);
}

/** The letter as its reader finds it, and the record as it once was. */
export function readDeadLetter(stored: StoredRecord): { letter: DeadLetter; record: StoredRecord } {
  const { message: letter } = open(deadLetters, stored);
  const { topic, key, value, partition, offset, appendedAtMs } = letter;
  return { letter, record: { topic, key, value, position: { partition, offset }, appendedAtMs } };
}
