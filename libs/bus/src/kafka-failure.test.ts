import {
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { isSettling, kafkaTypeOf } from './kafka-failure';

const refused = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 14, retriable: true }));
const givenUp = (error: Error) =>
  new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 6, retryTime: 1_000 });

describe('what a broker refused', () => {
  it.each([
    ['GROUP_LOAD_IN_PROGRESS', true],
    ['GROUP_COORDINATOR_NOT_AVAILABLE', true],
    ['NOT_COORDINATOR_FOR_GROUP', true],
    ['GROUP_AUTHORIZATION_FAILED', false],
  ])('%s passes by itself: %s', (type, passes) => {
    for (const error of [refused(type), givenUp(refused(type))]) {
      expect([kafkaTypeOf(error), isSettling(error)]).toEqual([type, passes]);
    }
  });

  it('passes by itself where a join is to begin anew, of which kafkajs keeps no type', () => {
    const error = givenUp(new KafkaJSError(refused('NOT_COORDINATOR_FOR_GROUP')));
    expect([kafkaTypeOf(error), isSettling(error)]).toEqual([undefined, true]);
  });

  it('is not told where no broker answers', () => {
    const error = givenUp(new KafkaJSConnectionError('refused'));
    expect([kafkaTypeOf(error), isSettling(error)]).toEqual([undefined, false]);
  });
});
