import { bech32 } from '@scure/base';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { BoundedMap } from './bounded-map';

const PREFIX = 'allo';
const ADDRESS_BYTES = 20;
/** The same accounts come back every epoch, and what is asked about them never changes. */
const REMEMBERED = 50_000;

const wellFormed = new BoundedMap<string, boolean>(REMEMBERED);

/** bech32 `allo1…` of RIPEMD-160(SHA-256(compressed public key, 33 bytes)), as every Cosmos account. */
export function addressOf(publicKey: Uint8Array): string {
  return bech32.encode(PREFIX, bech32.toWords(ripemd160(sha256(publicKey))));
}

/** Whether the text is a well-formed `allo1…` account address (checksum included). */
export function isAddress(text: string): boolean {
  if (text.length > 90) return false;
  return wellFormed.getOrMake(text, () => {
    const decoded = bech32.decodeUnsafe(text);
    if (!decoded || decoded.prefix !== PREFIX || text !== text.toLowerCase()) return false;
    return bech32.fromWordsUnsafe(decoded.words)?.length === ADDRESS_BYTES;
  });
}
