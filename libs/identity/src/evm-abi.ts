import { concatBytes } from '@noble/hashes/utils.js';

const WORD = 32;
const WORD_VALUES = 1n << 256n;

/** Of a value as it stands in a word of Solidity: two's complement below zero, as `int256`. */
export const asUint256 = (value: bigint): bigint => BigInt.asUintN(256, value);

/** A `uint256`, big-endian. */
export function uint256(value: bigint): Uint8Array {
  if (value < 0n || value >= WORD_VALUES) throw new RangeError(`${value} does not fit uint256`);
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * WORD, '0'), 'hex'));
}

/** An `address`: its 20 bytes, filled up in front. */
export function addressWord(address: Uint8Array): Uint8Array {
  if (address.length !== 20) throw new RangeError(`an EVM address has 20 bytes, not ${address.length}`);
  return concatBytes(new Uint8Array(WORD - address.length), address);
}

/** `bytes`: the length, then the data filled up behind to whole words. */
export function dynamicBytes(data: Uint8Array): Uint8Array {
  const padding = (WORD - (data.length % WORD)) % WORD;
  return concatBytes(uint256(BigInt(data.length)), data, new Uint8Array(padding));
}

/** `uint256[]`: the length, then the items. */
export const uint256Array = (items: readonly bigint[]): Uint8Array =>
  concatBytes(uint256(BigInt(items.length)), ...items.map(uint256));

/** `abi.encode`: a word for each argument, which for a dynamic one says where in the tail it begins. */
export function abiEncode(args: readonly ({ word: Uint8Array } | { dynamic: Uint8Array })[]): Uint8Array {
  let end = args.length * WORD;
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  for (const arg of args) {
    if ('word' in arg) {
      heads.push(arg.word);
      continue;
    }
    heads.push(uint256(BigInt(end)));
    tails.push(arg.dynamic);
    end += arg.dynamic.length;
  }
  return concatBytes(...heads, ...tails);
}
