import { accountFromKey } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';
import { describe, expect, it } from 'vitest';
import { exitCodes, runAdmin } from './command';
import { planRotation } from './network-key';

async function admin(...args: string[]) {
  let [out, err] = ['', ''];
  const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const exitCode = await runAdmin(args, output, {});
  return { exitCode, out, err };
}

const present = hexOf(accountFromKey(Buffer.alloc(32, 1)).publicKey);

describe('admin', () => {
  it.each([
    [['topics', 'pause', 'one', '--url', 'http://localhost:1'], 'expected a whole number'],
    [['topics', 'pause', '1'], '--url'],
    [['topics', 'pause', '1', '--url', 'localhost'], 'expected http://host:port'],
    [['epochs', 'verify', '1', '--url', 'http://localhost:1'], 'nonce'],
    [['network-key', 'rotate', '--present', 'abc'], 'expected 33 bytes'],
    [['backup', 'take'], '--dir'],
    [['unheard-of'], 'unknown command'],
  ])('says what is wrong with %j', async (args, reason) => {
    const { exitCode, err } = await admin(...args);
    expect(exitCode).toBe(exitCodes.usage);
    expect(err).toContain(reason);
  });

  it('helps, with its groups', async () => {
    const { exitCode, out } = await admin('--help');
    expect(exitCode).toBe(exitCodes.done);
    for (const group of [
      'topics',
      'epochs',
      'audit',
      'projections',
      'network-key',
      'backup',
      'dead-letters',
      'keys',
    ])
      expect(out).toContain(group);
    expect((await admin('dead-letters', '--help')).out).toContain('replay');
    expect((await admin('keys', '--help')).out).toContain('revoke');
  });

  it('says what cannot be reached, and which setting is missing', async () => {
    const away = await admin('topics', 'pause', '1', '--url', 'http://127.0.0.1:1');
    expect(away).toMatchObject({ exitCode: exitCodes.refused, out: '' });
    expect(away.err).toContain('cannot be reached');
    const unset = await admin('projections', 'rebuild');
    expect(unset.exitCode).toBe(exitCodes.refused);
    expect(unset.err).toContain('DATABASE_URL');
  });
});

describe('a rotation of the network key', () => {
  it('has the new key told before it signs, and the old one accepted after', () => {
    const startsAt = new Date('2026-03-01T12:00:00Z');
    const { secret, publicKey, steps } = planRotation({
      presentPublicKey: present,
      startsAt,
      overlapMs: 3_600_000,
    });
    expect(hexOf(accountFromKey(Buffer.from(secret, 'hex')).publicKey)).toBe(publicKey);
    expect(steps.map(({ settings }) => settings)).toEqual([
      { NETWORK_PUBLIC_KEYS: `${publicKey}@2026-03-01T12:00:00Z/` },
      { NETWORK_KEY: secret, NETWORK_PUBLIC_KEYS: `${present}@/2026-03-01T13:00:00Z` },
    ]);
  });

  it('makes another key each time, and shows it with its steps', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => admin('network-key', 'rotate', '--present', present)),
    );
    expect(one!.exitCode).toBe(exitCodes.done);
    expect(one!.out).toMatch(/1\. now: [\s\S]*2\. at [\s\S]*NETWORK_KEY=[0-9a-f]{64}/);
    expect(one!.out).not.toBe(two!.out);
  });
});
