import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { asUint256, uint256 } from './evm-abi';
import { evmAddressBytes, evmAddressOf } from './evm-address';
import {
  domainSeparator,
  type EvmInference,
  INFERENCE_TYPE,
  inferenceDigest,
  inferenceStructHash,
  typedInferenceDigest,
} from './evm-inference';
import { recoverEvmSigner, signEvmDigest } from './evm-signature';
import { loadNativeSecp256k1, pureSecp256k1 } from './secp256k1';

interface Vector {
  readonly name: string;
  readonly privateKey: string;
  readonly signer: string;
  readonly chainId: string;
  readonly contract: string;
  readonly networkInference: string;
  readonly timestamp: string;
  readonly topicId: string;
  readonly extraData: string;
  readonly confidenceIntervalPercentiles: string[];
  readonly confidenceIntervalValues: string[];
  readonly domainSeparator: string;
  readonly structHash: string;
  readonly typedDigest: string;
  readonly signedDigest: string;
  readonly signature: string;
}

const file = path.join(import.meta.dirname, '../vectors/evm-inferences.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];

const bytes = (text: string) => new Uint8Array(Buffer.from(text.replace(/^0x/, ''), 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

const consumerOf = ({ chainId, contract }: Vector) => ({
  chainId: BigInt(chainId),
  contract: evmAddressBytes(contract)!,
});
const inferenceOf = (vector: Vector): EvmInference => ({
  networkInference: BigInt(vector.networkInference),
  timestamp: BigInt(vector.timestamp),
  topicId: BigInt(vector.topicId),
  extraData: bytes(vector.extraData),
  confidenceIntervalPercentiles: vector.confidenceIntervalPercentiles.map(BigInt),
  confidenceIntervalValues: vector.confidenceIntervalValues.map(BigInt),
});

describe('signed inference data', () => {
  it('names its type as the contracts do', () => {
    expect(hex(INFERENCE_TYPE)).toBe('ad360c6a3a13ff7a0550a99e0e83a24f20ea197a6e42da35281ef62579c53322');
  });

  it.each(vectors)('is the same as in the vector: $name', (vector) => {
    const [consumer, inference] = [consumerOf(vector), inferenceOf(vector)];
    const digest = inferenceDigest(consumer, inference);
    expect(hex(domainSeparator(consumer))).toBe(vector.domainSeparator);
    expect(hex(inferenceStructHash(inference))).toBe(vector.structHash);
    expect(hex(typedInferenceDigest(consumer, inference))).toBe(vector.typedDigest);
    expect(hex(digest)).toBe(vector.signedDigest);
    expect(`0x${hex(signEvmDigest(bytes(vector.privateKey), digest))}`).toBe(vector.signature);
    expect(recoverEvmSigner(digest, bytes(vector.signature))).toBe(vector.signer);
  });

  it('is not what a stock typed-data signature covers', () => {
    const vector = vectors[0]!;
    const inference = inferenceOf(vector);
    const items = (values: readonly bigint[]) => keccak_256(concatBytes(...values.map(uint256)));
    const standard = keccak_256(
      concatBytes(
        INFERENCE_TYPE,
        uint256(inference.networkInference),
        uint256(inference.timestamp),
        uint256(inference.topicId),
        keccak_256(inference.extraData),
        items(inference.confidenceIntervalPercentiles),
        items(inference.confidenceIntervalValues),
      ),
    );
    const digest = hex(
      keccak_256(concatBytes(Uint8Array.of(0x19, 1), domainSeparator(consumerOf(vector)), standard)),
    );
    expect(digest).toMatch(/^28fb386b/);
    expect(digest).not.toBe(vector.typedDigest);
  });

  it('belongs to its signer only as it was signed', () => {
    const vector = vectors[0]!;
    const [consumer, inference] = [consumerOf(vector), inferenceOf(vector)];
    const [low, ...rest] = inference.confidenceIntervalValues;
    const recovered = (
      changed: Partial<EvmInference>,
      where: Partial<ReturnType<typeof consumerOf>> = {},
    ): string | null =>
      recoverEvmSigner(
        inferenceDigest({ ...consumer, ...where }, { ...inference, ...changed }),
        bytes(vector.signature),
      );
    expect(recovered({})).toBe(vector.signer);
    for (const changed of [
      { networkInference: inference.networkInference + 1n },
      { timestamp: inference.timestamp + 1n },
      { topicId: 2n },
      { extraData: Uint8Array.of(1) },
      { confidenceIntervalValues: [...rest, low!] },
      { confidenceIntervalPercentiles: [] },
    ])
      expect(recovered(changed)).not.toBe(vector.signer);
    expect(recovered({}, { chainId: 1n })).not.toBe(vector.signer);
    expect(recovered({}, { contract: evmAddressBytes(vectors[1]!.contract)! })).not.toBe(vector.signer);
  });
});

describe('EVM signatures', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const keys = bytes32.filter((key) => key[0] !== 0xff && key.some((byte) => byte !== 0));

  it('lead back to the key, from the native and the pure curve alike', () => {
    fc.assert(
      fc.property(keys, bytes32, (key, digest) => {
        const signature = signEvmDigest(key, digest);
        expect(signature).toHaveLength(65);
        expect([27, 28]).toContain(signature[64]);
        expect(recoverEvmSigner(digest, signature)).toBe(evmAddressOf(pureSecp256k1.publicKeyOf(key)));
        const { recovery, signature: compact } = pureSecp256k1.signRecoverable(key, digest);
        expect(hex(signature)).toBe(hex(concatBytes(compact, Uint8Array.of(27 + recovery))));
        const native = loadNativeSecp256k1()!.signRecoverable(key, digest);
        expect([hex(native.signature), native.recovery]).toEqual([hex(compact), recovery]);
      }),
      { numRuns: 25 },
    );
  });

  it('are refused with a high s, another v or another length', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const digest = bytes(vectors[0]!.signedDigest);
    const signature = bytes(vectors[0]!.signature);
    const s = BigInt(`0x${hex(signature.subarray(32, 64))}`);
    const mirrored = concatBytes(signature.subarray(0, 32), uint256(order - s));
    // The same key by the algebra: only the rule of a low s keeps a second form of the signature out.
    expect(recoverEvmSigner(digest, concatBytes(mirrored, Uint8Array.of(55 - signature[64]!)))).toBeNull();
    expect(recoverEvmSigner(digest, concatBytes(signature.subarray(0, 64), Uint8Array.of(1)))).toBeNull();
    expect(recoverEvmSigner(digest, signature.subarray(0, 64))).toBeNull();
    expect(recoverEvmSigner(digest, concatBytes(new Uint8Array(64), Uint8Array.of(27)))).toBeNull();
  });
});

describe('EVM addresses and words', () => {
  it('are read in one case, or with the checksum of EIP-55', () => {
    const { contract } = vectors[0]!;
    const digits = contract.slice(2);
    expect(evmAddressBytes(contract)).toHaveLength(20);
    expect(evmAddressBytes(contract.toLowerCase())).toEqual(evmAddressBytes(contract));
    expect(evmAddressBytes(`0x${digits.toUpperCase()}`)).toEqual(evmAddressBytes(contract));
    expect(evmAddressBytes(`0x${digits.replace('F', 'f')}`)).toBeNull();
    expect(evmAddressBytes(digits)).toBeNull();
    expect(evmAddressBytes(`${contract}00`)).toBeNull();
  });

  it("hold numbers below zero as two's complement, and none that is too large", () => {
    expect(hex(uint256(asUint256(-1n)))).toBe('f'.repeat(64));
    expect(asUint256(5n)).toBe(5n);
    expect(() => uint256(1n << 256n)).toThrow(RangeError);
    expect(() => uint256(-1n)).toThrow(RangeError);
  });
});
