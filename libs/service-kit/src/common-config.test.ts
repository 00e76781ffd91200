import { expect, test } from 'vitest';
import { commonConfig, commonRules } from './common-config';
import { readConfig } from './config';

const read = (env: Record<string, string>) =>
  readConfig(commonConfig, { env: { DATABASE_URL: 'postgres://db/allora', ...env }, rules: commonRules });

const oidc = {
  OIDC_ISSUER: 'https://login.example',
  OIDC_AUDIENCE: 'allora',
  OIDC_JWKS_URL: 'https://login.example/jwks',
};

test('an issuer of operators’ tokens is told whole, and its keys come over a line that nobody writes to', () => {
  expect(read(oidc)).toMatchObject({
    oidcIssuer: 'https://login.example',
    oidcOperatorRole: 'allora-operator',
  });
  for (const left of Object.keys(oidc)) {
    expect(() => read({ ...oidc, [left]: '' })).toThrow(
      'OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL: are set together',
    );
  }
  expect(read({ ...oidc, OIDC_JWKS_URL: 'http://127.0.0.1:8080/jwks' }).oidcJwksUrl).toContain('127.0.0.1');
  for (const url of ['http://login.example/jwks', 'http://127.0.0.1.example/jwks', 'file:///jwks']) {
    expect(() => read({ ...oidc, OIDC_JWKS_URL: url })).toThrow(/^OIDC_JWKS_URL: /);
  }
});

test('origins are named exactly', () => {
  expect(read({ CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).corsOrigins).toHaveLength(2);
  expect(read({}).corsOrigins).toEqual([]);
  for (const origin of ['a.example', 'https://a.example/', 'https://*.example', 'null']) {
    expect(() => read({ CORS_ORIGINS: origin })).toThrow(/^CORS_ORIGINS: /);
  }
});
