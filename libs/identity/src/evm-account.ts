import { evmAddressOf } from './evm-address';
import { signEvmDigest } from './evm-signature';
import { secp256k1 } from './secp256k1';

/** A key that signs for contracts, and the address that they know it by. The private key stays in the closure. */
export interface EvmAccount {
  /** Lower-case `0x…`. */
  readonly address: string;
  sign(digest: Uint8Array): Uint8Array;
}

/** @param privateKey 32 bytes, 0 < key < group order; anything else throws. */
export const evmAccountFromKey = (privateKey: Uint8Array): EvmAccount => ({
  address: evmAddressOf(secp256k1.publicKeyOf(privateKey)),
  sign: (digest) => signEvmDigest(privateKey, digest),
});
