import { accountFromKey } from '@allora/identity/account';
import { hexOf } from '@allora/identity/hex';
import { describe, expect, it } from 'vitest';
import { commonConfig } from './common-config';
import { NetworkKey } from './network-key';

const [former, present, next, stranger] = [1, 2, 3, 4].map((byte) => {
  const key = Buffer.alloc(32, byte);
  const { publicKey } = accountFromKey(key);
  return { key: key.toString('hex'), publicKey, hex: hexOf(publicKey) };
}) as [Key, Key, Key, Key];
interface Key {
  readonly key: string;
  readonly publicKey: Uint8Array;
  readonly hex: string;
}

const open = (signing: Key, networkPublicKeys: readonly string[]): NetworkKey =>
  NetworkKey.of({ chainId: 'test-1', networkKey: signing.key, networkPublicKeys: [...networkPublicKeys] });

const at = (time: string): number => Date.parse(time);

describe('a network key that is replaced by another', () => {
  const keys = [`${former.hex}@/2026-02-01T00:00:00Z`, `${next.hex}@2026-03-01T00:00:00Z/`];

  it('is accepted while the network signs with it, and only then', () => {
    const key = open(present, keys);
    expect(key.accepts(present.publicKey, at('2026-06-01'))).toBe(true);
    expect(key.accepts(former.publicKey, at('2026-01-31'))).toBe(true);
    expect(key.accepts(former.publicKey, at('2026-02-02'))).toBe(false);
    expect(key.accepts(next.publicKey, at('2026-02-28'))).toBe(false);
    expect(key.accepts(next.publicKey, at('2026-03-02'))).toBe(true);
    expect(key.accepts(stranger.publicKey, at('2026-03-02'))).toBe(false);
  });

  it('tells each of them once, with its times', () => {
    const key = open(present, [...keys, present.hex]);
    expect(key.others).toEqual([
      { publicKey: former.hex, from: null, until: '2026-02-01T00:00:00Z' },
      { publicKey: next.hex, from: '2026-03-01T00:00:00Z', until: null },
    ]);
  });

  it('makes replicas with either key take the word of the other', () => {
    const [before, after] = [open(former, [next.hex]), open(next, [former.hex])];
    expect(before.accepts(after.publicKey, 0)).toBe(true);
    expect(after.accepts(before.publicKey, 0)).toBe(true);
  });
});

it('refuses keys of another form by name', () => {
  const { networkPublicKeys } = commonConfig.shape;
  expect(networkPublicKeys.safeParse([present.hex, `${next.hex}@2026-03-01T00:00:00Z/`]).success).toBe(true);
  const timeless = `${present.hex}@2026-13-41T00:00:00Z/`;
  for (const wrong of [
    '04ab',
    present.hex.toUpperCase(),
    `${present.hex}@`,
    `${present.hex}@yesterday/`,
    timeless,
  ])
    expect(networkPublicKeys.safeParse([wrong]).success, wrong).toBe(false);
});
