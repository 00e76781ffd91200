import { RefusalError } from '@allora/contracts/errors';
import { describe, expect, it } from 'vitest';
import { describeFailure, isInfrastructureFailure } from './failure';
import { TransportUnavailableError } from './transport';

const withCode = (code: unknown) => Object.assign(new Error('x'), { code });

describe('what is tried again without limit', () => {
  it.each([
    ['no connection', withCode('ECONNREFUSED')],
    ['many addresses, none answers', new AggregateError([withCode('ECONNREFUSED')])],
    ['PostgreSQL shuts down', withCode('57P01')],
    ['a connection exception', withCode('08006')],
    ['a deadlock', withCode('40P01')],
    ['the cause of an error', new Error('outer', { cause: withCode('P1017') })],
    [
      'what the driver told Prisma',
      Object.assign(new Error('raw'), {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { kind: 'ConnectionClosed' } } },
      }),
    ],
    [
      'a pooled connection is dead',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['the pool is exhausted', new Error('Unable to start a transaction in the given time.')],
    ['the log is away', new TransportUnavailableError('away')],
    ['another service is away, by gRPC', withCode(14)],
    ['another service is away, as a refusal', new RefusalError('UNAVAILABLE', 'away')],
  ])('%s', (_, error) => expect(isInfrastructureFailure(error)).toBe(true));
});

describe('what counts as the handler’s own failure', () => {
  it.each([
    ['a bug', new TypeError('undefined is not a function')],
    ['a broken constraint', withCode('23505')],
    [
      'a transaction held for too long',
      Object.assign(new Error('Transaction already closed'), { code: 'P2028' }),
    ],
    ['a refusal', new RefusalError('NOT_REGISTERED', 'no')],
    ['a thrown text', 'no'],
  ])('%s', (_, error) => expect(isInfrastructureFailure(error)).toBe(false));
});

it('describes a failure within bounds', () => {
  expect(describeFailure(new Error('x'.repeat(100_000))).length).toBe(4_000);
});
