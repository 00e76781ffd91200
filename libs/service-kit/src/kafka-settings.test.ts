import { expect, test } from 'vitest';
import { commonConfig, commonRules } from './common-config';
import { readConfig } from './config';
import { kafkaSecurity } from './kafka-settings';

const read = (env: Record<string, string>) =>
  readConfig(commonConfig, { env: { DATABASE_URL: 'postgres://db/allora', ...env }, rules: commonRules });

const login = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'allora',
  KAFKA_SASL_PASSWORD: 'not told',
};
const certificate = { KAFKA_TLS_CERT_FILE: 'user.crt', KAFKA_TLS_KEY_FILE: 'user.key' };

test('a plain connection unless told otherwise', () => {
  expect(kafkaSecurity(read({}))).toEqual({});
});

test('TLS and login are told apart, and each is told whole', () => {
  const sasl = { mechanism: 'scram-sha-512', username: 'allora', password: 'not told' };
  expect(kafkaSecurity(read(login))).toEqual({ sasl });
  const both = read({ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: 'ca.crt', ...certificate, ...login });
  expect(kafkaSecurity(both)).toEqual({
    tls: { caFile: 'ca.crt', certFile: 'user.crt', keyFile: 'user.key' },
    sasl,
  });
  for (const left of Object.keys(login)) {
    expect(() => read({ ...login, [left]: '' })).toThrow('are set together or not at all');
  }
  for (const left of Object.keys(certificate)) {
    expect(() => read({ KAFKA_TLS: 'true', ...certificate, [left]: '' })).toThrow('are set together');
  }
});

test('what would send a password in the clear, or check no certificate, is refused', () => {
  expect(() => read({ ...login, KAFKA_SASL_MECHANISM: 'plain' })).toThrow('KAFKA_TLS is to be true');
  expect(() => read({ KAFKA_TLS_CA_FILE: 'ca.crt' })).toThrow(/^KAFKA_TLS: /);
  expect(() => read({ ...login, KAFKA_SASL_MECHANISM: 'gssapi' })).toThrow(
    /^KAFKA_SASL_MECHANISM: expected one of/,
  );
});
