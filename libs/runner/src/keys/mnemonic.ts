import { createHmac, pbkdf2Sync } from 'node:crypto';
import { secp256k1 } from '@allora/identity/secp256k1';

/** Where wallets of this chain family keep their first account: m/44'/118'/0'/0/0. */
const HARDENED = 0x8000_0000;
const PATH = [44 + HARDENED, 118 + HARDENED, HARDENED, 0, 0];
const ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
const WORD_COUNTS = [12, 15, 18, 21, 24];

interface Node {
  readonly key: Buffer;
  readonly chain: Buffer;
}

const split = (bytes: Buffer): Node => ({ key: bytes.subarray(0, 32), chain: bytes.subarray(32) });
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** The private key of a wallet's words (BIP-39 and BIP-32), as today's nodes make it, so that the address is the same. */
export function keyOfMnemonic(mnemonic: string): Uint8Array {
  const words = mnemonic.normalize('NFKD').trim().split(/\s+/);
  if (!WORD_COUNTS.includes(words.length)) {
    throw new Error(`a mnemonic has ${WORD_COUNTS.join(', ')} words, not ${words.length}`);
  }
  const seed = pbkdf2Sync(words.join(' '), 'mnemonic', 2048, 64, 'sha512');
  const master = split(createHmac('sha512', 'Bitcoin seed').update(seed).digest());
  return PATH.reduce(child, master).key;
}

function child({ key, chain }: Node, index: number): Node {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(index);
  const parent = index >= HARDENED ? Buffer.concat([Buffer.alloc(1), key]) : secp256k1.publicKeyOf(key);
  const { key: step, chain: next } = split(createHmac('sha512', chain).update(parent).update(place).digest());
  const sum = (numberOf(step) + numberOf(key)) % ORDER;
  return { key: Buffer.from(sum.toString(16).padStart(64, '0'), 'hex'), chain: next };
}
