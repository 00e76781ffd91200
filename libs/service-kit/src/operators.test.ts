import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Operators } from './operators';

const adminToken = 'a token of this test';
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
const open = { adminToken: undefined, httpHost: '0.0.0.0' };

describe('by the operator token', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('without one %s is open', async (httpHost) => {
    expect(await new Operators({ adminToken: undefined, httpHost }).identify(undefined)).toEqual({
      name: 'loopback',
    });
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'example.org'])(
    'without one %s is closed',
    async (httpHost) => {
      const operators = new Operators({ adminToken: undefined, httpHost });
      await expect(operators.identify(undefined)).rejects.toThrow('ADMIN_TOKEN is not set');
      await expect(operators.identify('Bearer ')).rejects.toThrow('ADMIN_TOKEN is not set');
    },
  );

  test('the host of the port for operators is what counts where there is one', async () => {
    const inside = { ...open, operationsPort: 9, operationsHost: '127.0.0.1' };
    expect(await new Operators(inside).identify(undefined)).toEqual({ name: 'loopback' });
    const outside = { ...inside, httpHost: '127.0.0.1', operationsHost: '0.0.0.0' };
    await expect(new Operators(outside).identify(undefined)).rejects.toThrow('ADMIN_TOKEN is not set');
  });

  test('it opens, and nothing like it does', async () => {
    const operators = new Operators({ ...open, adminToken });
    expect(await operators.identify(`Bearer ${adminToken}`)).toEqual({ name: 'ADMIN_TOKEN' });
    for (const wrong of [undefined, '', adminToken, `Bearer ${adminToken}x`]) {
      await expect(operators.identify(wrong)).rejects.toMatchObject({ code: 'NOT_AUTHORIZED' });
    }
  });
});

describe('by a token of an OIDC issuer', () => {
  type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
  let issuer: Server;
  let keys: JWK[];
  let known: Pair;
  let strange: Pair;
  let status = 200;
  let asked = 0;
  let settings: ConstructorParameters<typeof Operators>[0];

  beforeAll(async () => {
    known = await generateKeyPair('RS256', { extractable: true });
    strange = await generateKeyPair('RS256');
    keys = [{ ...(await exportJWK(known.publicKey)), kid: 'k1', use: 'sig' }];
    issuer = createServer((_request, response) => {
      asked += 1;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    });
    issuer.listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    settings = {
      ...open,
      // Of no use any more once there is an issuer.
      adminToken,
      oidcIssuer: 'https://login.example',
      oidcAudience: 'allora',
      oidcJwksUrl: urlOf(issuer),
      oidcRoleClaim: 'realm_access.roles',
      oidcOperatorRole: 'allora-operator',
    };
  });
  afterAll(() => void issuer.close());

  const roles = (...names: string[]) => ({ realm_access: { roles: names } });
  const signer = (claims: object = roles('allora-operator'), header: object = {}) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
      .setIssuer('https://login.example')
      .setAudience('allora')
      .setSubject('olga')
      .setExpirationTime('5m');
  const sign = async (made: SignJWT, by: Parameters<SignJWT['sign']>[0] = known.privateKey) =>
    `Bearer ${await made.sign(by)}`;
  const refusal = (authorization: string | undefined, operators = new Operators(settings)) =>
    operators.identify(authorization).then(
      () => 'let in',
      ({ code }: { code: string }) => code,
    );
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('an operator is let in by name, and the keys are fetched once', async () => {
    const operators = new Operators(settings);
    const before = asked;
    for (let count = 0; count < 3; count++) {
      expect(await operators.identify(await sign(signer()))).toEqual({ name: 'olga' });
    }
    expect(asked - before).toBe(1);
    expect(
      await operators.identify(await sign(signer({ realm_access: { roles: 'x allora-operator' } }))),
    ).toEqual({ name: 'olga' });
  });

  test('nobody is by what is wrong about a token', async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong: Record<string, string | undefined> = {
      'no token': undefined,
      'the admin token': `Bearer ${adminToken}`,
      'no JWT': 'Bearer a.b.c',
      'another issuer': await sign(signer().setIssuer('https://evil.example')),
      'another audience': await sign(signer().setAudience('another')),
      expired: await sign(signer().setExpirationTime(now - 10)),
      'not yet': await sign(signer().setNotBefore(now + 60)),
      'another key': await sign(signer(), strange.privateKey),
      'an unknown key id': await sign(signer(undefined, { kid: 'k2' }), strange.privateKey),
      'no subject': await sign(
        new SignJWT(roles('allora-operator'))
          .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
          .setIssuer('https://login.example')
          .setAudience('allora')
          .setExpirationTime('5m'),
      ),
      'no expiry': await sign(
        new SignJWT(roles('allora-operator'))
          .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
          .setIssuer('https://login.example')
          .setAudience('allora')
          .setSubject('olga'),
      ),
    };
    const token = (await sign(signer())).slice('Bearer '.length);
    const payload = token.split('.')[1]!;
    wrong['no signature'] = `Bearer ${base64({ alg: 'none' })}.${payload}.`;
    wrong['claims changed'] =
      `Bearer ${token.replace(payload, base64({ sub: 'olga', ...roles('allora-operator') }))}`;
    // The public key as the secret of a symmetric signature: anyone has it.
    const publicKey = new TextEncoder().encode(await exportSPKI(known.publicKey));
    wrong['HS256 with the public key'] = await sign(signer(undefined, { alg: 'HS256' }), publicKey);
    const answers = Object.fromEntries(
      await Promise.all(
        Object.entries(wrong).map(
          async ([name, authorization]) => [name, await refusal(authorization)] as const,
        ),
      ),
    );
    expect(answers).toEqual(Object.fromEntries(Object.keys(wrong).map((name) => [name, 'NOT_AUTHORIZED'])));
  });

  test('a token that names no operator is another refusal', async () => {
    for (const claims of [
      roles('viewer'),
      {},
      { realm_access: 'allora-operator' },
      { roles: ['allora-operator'] },
    ]) {
      expect(await refusal(await sign(signer(claims)))).toBe('NOT_AN_OPERATOR_HERE');
    }
  });

  test('made-up key ids do not become a load on the issuer', async () => {
    const operators = new Operators(settings);
    const before = asked;
    for (let count = 0; count < 5; count++) {
      const made = await sign(signer(undefined, { kid: `made-up-${count}` }), strange.privateKey);
      expect(await refusal(made, operators)).toBe('NOT_AUTHORIZED');
    }
    expect(asked - before).toBe(1);
  });

  test('the keys come from where they are said to be: no token and no redirect sends us elsewhere', async () => {
    let visits = 0;
    const elsewhere = createServer((_request, response) => {
      visits += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    });
    const redirecting = createServer((_request, response) =>
      response.writeHead(302, { location: urlOf(elsewhere) }).end(),
    );
    for (const server of [elsewhere, redirecting]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const jwk = await exportJWK(strange.publicKey);
    for (const header of [{ jku: urlOf(elsewhere) }, { x5u: urlOf(elsewhere) }, { jwk }]) {
      expect(await refusal(await sign(signer(undefined, header), strange.privateKey))).toBe('NOT_AUTHORIZED');
    }
    const redirected = new Operators({ ...settings, oidcJwksUrl: urlOf(redirecting) });
    expect(await refusal(await sign(signer()), redirected)).toBe('UNAVAILABLE');
    expect(visits).toBe(0);
    for (const server of [elsewhere, redirecting]) server.close();
  });

  test('with the issuer away the door stays shut, and says that it is not the token', async () => {
    const good = await sign(signer());
    status = 500;
    expect(await refusal(good)).toBe('UNAVAILABLE');
    status = 200;
    const nobody = { ...settings, oidcJwksUrl: 'http://127.0.0.1:1/jwks' };
    expect(await refusal(good, new Operators(nobody))).toBe('UNAVAILABLE');
  });
});
