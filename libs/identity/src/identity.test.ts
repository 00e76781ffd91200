import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountFromKey } from './account';
import { accountKeyOf } from './account-key';
import { addressOf, isAddress } from './address';
import { loadNativeSecp256k1, pureSecp256k1 } from './secp256k1';
import { messageHash, provesAuthor } from './signature';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKeys = bytes32.filter((key) => key[0] !== 0xff && key.some((byte) => byte !== 0));

describe('addresses', () => {
  it('follow the public key of the generator point', () => {
    // Private key 1: the public key is the curve's generator, whose hash-160 is widely published.
    const account = accountFromKey(hex('01'.padStart(64, '0')));
    expect(Buffer.from(account.publicKey).toString('hex')).toBe(
      '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
    );
    expect(account.address).toBe(addressOf(account.publicKey));
    expect(account.address).toMatch(/^allo1[02-9ac-hj-np-z]{38}$/);
  });

  it('are told from what only looks like one', () => {
    const { address } = accountFromKey(hex('02'.padStart(64, '0')));
    const last = address.endsWith('q') ? 'p' : 'q';
    expect(isAddress(address)).toBe(true);
    expect(isAddress(address.slice(0, -1) + last)).toBe(false);
    expect(isAddress(address.toUpperCase())).toBe(false);
    expect(isAddress('cosmos1' + address.slice(5))).toBe(false);
    expect(isAddress('')).toBe(false);
  });
});

describe('signatures', () => {
  it('prove the author, and nobody else and nothing else', () => {
    fc.assert(
      fc.property(privateKeys, privateKeys, fc.uint8Array({ minLength: 1 }), (key, otherKey, bytes) => {
        fc.pre(Buffer.compare(key, otherKey) !== 0);
        const author = accountFromKey(key);
        const other = accountFromKey(otherKey);
        const proof = {
          address: author.address,
          bytes,
          publicKey: author.publicKey,
          signature: author.sign(bytes),
        };
        const altered = Uint8Array.from(bytes);
        altered[0] = altered[0]! ^ 1;
        expect(provesAuthor(proof)).toBe(true);
        expect(provesAuthor({ ...proof, bytes: altered })).toBe(false);
        expect(provesAuthor({ ...proof, address: other.address })).toBe(false);
        expect(provesAuthor({ ...proof, publicKey: other.publicKey, address: other.address })).toBe(false);
        expect(provesAuthor({ ...proof, signature: proof.signature.slice(1) })).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  it('are checked with a key of both coordinates as with the compressed one', () => {
    fc.assert(
      fc.property(privateKeys, bytes32, (privateKey, digest) => {
        for (const curve of [loadNativeSecp256k1() ?? pureSecp256k1, pureSecp256k1]) {
          const publicKey = curve.publicKeyOf(privateKey);
          const point = curve.pointOf(publicKey)!;
          expect([...point]).toEqual([...pureSecp256k1.pointOf(publicKey)!]);
          const signature = curve.sign(privateKey, digest);
          expect(curve.verify(point, digest, signature)).toBe(true);
          expect(curve.verify(point, digest, signature.toReversed())).toBe(false);
        }
      }),
      { numRuns: 10 },
    );
    for (const curve of [loadNativeSecp256k1() ?? pureSecp256k1, pureSecp256k1])
      expect(curve.pointOf(new Uint8Array(33))).toBeNull();
    expect(accountKeyOf(new Uint8Array(33))).toBeNull();
    expect(accountKeyOf(new Uint8Array(65).fill(4))).toBeNull();
  });

  it('come out the same from the native and the pure implementation', () => {
    const native = loadNativeSecp256k1();
    expect(native, 'the native binding must load on the platforms that the tests run on').not.toBeNull();
    fc.assert(
      fc.property(privateKeys, bytes32, (key, digest) => {
        const signature = native!.sign(key, digest);
        expect(Buffer.from(pureSecp256k1.sign(key, digest))).toEqual(Buffer.from(signature));
        expect(Buffer.from(pureSecp256k1.publicKeyOf(key))).toEqual(Buffer.from(native!.publicKeyOf(key)));
        expect(pureSecp256k1.verify(native!.publicKeyOf(key), digest, signature)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('with a high s verify nowhere', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const key = hex('03'.padStart(64, '0'));
    const digest = messageHash(new Uint8Array([1, 2, 3]));
    const signature = pureSecp256k1.sign(key, digest);
    const s = BigInt('0x' + Buffer.from(signature.slice(32)).toString('hex'));
    const high = new Uint8Array([
      ...signature.slice(0, 32),
      ...hex((order - s).toString(16).padStart(64, '0')),
    ]);
    const publicKey = pureSecp256k1.publicKeyOf(key);
    for (const implementation of [pureSecp256k1, loadNativeSecp256k1()!]) {
      expect(implementation.verify(publicKey, digest, signature)).toBe(true);
      expect(implementation.verify(publicKey, digest, high)).toBe(false);
    }
  });
});
