import { accountFromKey } from '@allora/identity/account';
import { evmAccountFromKey } from '@allora/identity/evm-account';
import { hexOf } from '@allora/identity/hex';
import { describe, expect, it } from 'vitest';
import { exitCodes, runAdmin } from './command';
import { planEvmKey } from './evm-key';
import { planNetworkKey } from './network-key';

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
    [
      ['network-key', 'rotate', '--present', present, '--listed', `${present}@soon/`],
      'expected key@from/until',
    ],
    [['evm-key', 'rotate', '--present', '0x12'], 'expected 0x and 40 hex digits'],
    [
      ['evm-key', 'rotate', '--present', `0x${'ab'.repeat(20)}`, '--listed', present],
      'expected key@from/until',
    ],
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
      'evm-key',
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

const startsAt = new Date('2026-03-01T12:00:00Z');
const overlapMs = 3_600_000;

describe('a rotation of the network key', () => {
  it('has the new key told before it signs, and the old one accepted after', () => {
    const { secret, next, steps } = planNetworkKey({ present, startsAt, overlapMs });
    expect(hexOf(accountFromKey(Buffer.from(secret, 'hex')).publicKey)).toBe(next);
    expect(steps.map(({ settings }) => settings)).toEqual([
      { NETWORK_PUBLIC_KEYS: `${next}@2026-03-01T12:00:00Z/` },
      { NETWORK_KEY: secret, NETWORK_PUBLIC_KEYS: `${present}@/2026-03-01T13:00:00Z` },
    ]);
  });

  it('leaves told what was told before, each key once', () => {
    const former = hexOf(accountFromKey(Buffer.alloc(32, 2)).publicKey);
    const listed = [`${former}@/2026-01-01T00:00:00Z`, `${present}@2026-01-01T00:00:00Z/`];
    const { next, steps } = planNetworkKey({ present, startsAt, overlapMs, listed });
    expect(steps.map(({ settings }) => settings.NETWORK_PUBLIC_KEYS)).toEqual([
      `${listed[0]},${next}@2026-03-01T12:00:00Z/`,
      `${listed[0]},${present}@/2026-03-01T13:00:00Z`,
    ]);
  });

  it('makes another key each time, and shows it with its steps', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => admin('network-key', 'rotate', '--present', present, '--listed', `${present}@/`)),
    );
    expect(one!.exitCode).toBe(exitCodes.done);
    expect(one!.out).toMatch(/1\. now: [\s\S]*2\. at [\s\S]*NETWORK_KEY=[0-9a-f]{64}/);
    expect(one!.out).not.toBe(two!.out);
  });
});

describe('a rotation of the key for contracts', () => {
  const address = evmAccountFromKey(Buffer.alloc(32, 1)).address;

  it('has contracts allow the new address before it signs, and let the old one go when nothing of it counts', () => {
    const { secret, next, steps } = planEvmKey({ present: address, startsAt, overlapMs });
    expect(evmAccountFromKey(Buffer.from(secret, 'hex')).address).toBe(next);
    expect(steps.map(({ settings }) => settings)).toEqual([
      { EVM_SIGNER_ADDRESSES: `${next}@2026-03-01T12:00:00Z/` },
      { EVM_SIGNING_KEY: secret, EVM_SIGNER_ADDRESSES: `${address}@/2026-03-01T13:00:00Z` },
      {},
    ]);
    expect(steps[0]!.what).toContain(`before 2026-03-01T12:00:00Z every contract`);
    expect(steps[0]!.what).toContain(`setDataProvider(${next}, true)`);
    expect(steps[2]!.what).toMatch(
      new RegExp(`^after 2026-03-01T13:00:00Z.*setDataProvider\\(${address}, false\\)`),
    );
  });

  it('is printed with addresses as the gateway tells them', async () => {
    const rotate = ['evm-key', 'rotate', '--present', address.toUpperCase().replace('0X', '0x')];
    const listed = `0x${'ab'.repeat(20)}@/2026-01-01T00:00:00Z`;
    const { exitCode, out } = await admin(...rotate, '--listed', listed, '--overlap-hours', '2');
    expect(exitCode).toBe(exitCodes.done);
    expect(out).toMatch(new RegExp(`EVM_SIGNER_ADDRESSES=${listed},${address}@/\\d{4}`));
    expect(out).toMatch(/3\. after /);
  });
});
