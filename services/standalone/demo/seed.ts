import { createHash } from 'node:crypto';
import { accountFromKey, type Account } from '@allora/identity/account';

/** 32 bytes that depend on the seed and the labels alone. */
export function seededBytes(seed: string, ...labels: readonly (string | number)[]): Uint8Array {
  return createHash('sha256')
    .update(['allora-demo', seed, ...labels].join('|'))
    .digest();
}

/** 0 <= x < 1, of 48 bits. */
export function seededUnit(seed: string, ...labels: readonly (string | number)[]): number {
  return Buffer.from(seededBytes(seed, ...labels)).readUIntBE(0, 6) / 2 ** 48;
}

/** Standard normal, by Box and Muller. */
export function seededNormal(seed: string, ...labels: readonly (string | number)[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - seededUnit(seed, ...labels, 'radius')));
  return radius * Math.cos(2 * Math.PI * seededUnit(seed, ...labels, 'angle'));
}

export const seededAccount = (seed: string, name: string): Account =>
  accountFromKey(seededBytes(seed, 'account', name));
