import { expect, test } from 'vitest';
import { Operators, requireAdmin } from './admin-token';

const token = 'a token of this test';

test.each([undefined, '', token, `Bearer ${token}x`, `bearer ${token}`, `Bearer ${token.slice(1)}`])(
  'with a token, %j is refused',
  (authorization) => {
    expect(() => requireAdmin(token, authorization)).toThrow('asks for the operator token');
    const operators = new Operators({ adminToken: token, httpHost: '127.0.0.1' });
    expect(() => operators.require(authorization)).toThrow('asks for the operator token');
  },
);

test('the token opens', () => {
  requireAdmin(token, `Bearer ${token}`);
  new Operators({ adminToken: token, httpHost: '0.0.0.0' }).require(`Bearer ${token}`);
});

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('without a token %s is open', (httpHost) => {
  new Operators({ adminToken: undefined, httpHost }).require(undefined);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'example.org'])(
  'without a token %s is closed',
  (httpHost) => {
    const operators = new Operators({ adminToken: undefined, httpHost });
    expect(() => operators.require(undefined)).toThrow('ADMIN_TOKEN is not set');
    expect(() => operators.require('Bearer ')).toThrow('ADMIN_TOKEN is not set');
  },
);
