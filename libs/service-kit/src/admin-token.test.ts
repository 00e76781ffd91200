import { expect, test } from 'vitest';
import { requireAdmin } from './admin-token';

const token = 'a token of this test';

test.each([undefined, '', token, `Bearer ${token}x`, `bearer ${token}`, `Bearer ${token.slice(1)}`])(
  'with a token, %j is refused',
  (authorization) => {
    expect(() => requireAdmin(token, authorization)).toThrow('asks for the operator token');
  },
);

test('the token opens', () => {
  requireAdmin(token, `Bearer ${token}`);
});
