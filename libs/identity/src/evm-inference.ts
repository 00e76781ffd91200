import { concatBytes } from '@noble/hashes/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { abiEncode, addressWord, dynamicBytes, uint256, uint256Array } from './evm-abi';
import { personalDigest } from './evm-signature';

/** The contract that verifies, and its chain: a signature for one of them means nothing to another. */
export interface InferenceConsumer {
  readonly chainId: bigint;
  /** 20 bytes. */
  readonly contract: Uint8Array;
}

/** A network inference as a contract reads it; values and percentiles are times 10^18. */
export interface EvmInference {
  readonly networkInference: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly topicId: bigint;
  readonly extraData: Uint8Array;
  readonly confidenceIntervalPercentiles: readonly bigint[];
  readonly confidenceIntervalValues: readonly bigint[];
}

const keccakOfText = (text: string): Uint8Array => keccak_256(Buffer.from(text, 'utf8'));

const DOMAIN_TYPE = keccakOfText(
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
);
const DOMAIN_NAME = keccakOfText('AlloraConsumer');
const DOMAIN_VERSION = keccakOfText('1');
export const INFERENCE_TYPE = keccakOfText(
  'NetworkInferenceData(uint256 networkInference,uint256 timestamp,uint256 topicId,bytes extraData,' +
    'uint256[] confidenceIntervalPercentiles,uint256[] confidenceIntervalValues)',
);

export const domainSeparator = ({ chainId, contract }: InferenceConsumer): Uint8Array =>
  keccak_256(concatBytes(DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION, uint256(chainId), addressWord(contract)));

/**
 * Not EIP-712's hash of a struct: the contracts in use encode bytes and arrays in full where the standard puts their hashes, so a
 * wallet's typed-data signature does not verify there.
 */
export const inferenceStructHash = (inference: EvmInference): Uint8Array =>
  keccak_256(
    abiEncode([
      { word: INFERENCE_TYPE },
      { word: uint256(inference.networkInference) },
      { word: uint256(inference.timestamp) },
      { word: uint256(inference.topicId) },
      { dynamic: dynamicBytes(inference.extraData) },
      { dynamic: uint256Array(inference.confidenceIntervalPercentiles) },
      { dynamic: uint256Array(inference.confidenceIntervalValues) },
    ]),
  );

/** What the contract's `getNetworkInferenceMessage` answers. */
export const typedInferenceDigest = (consumer: InferenceConsumer, inference: EvmInference): Uint8Array =>
  keccak_256(
    concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(consumer), inferenceStructHash(inference)),
  );

/** What is signed: the typed digest as a wallet's personal message. */
export const inferenceDigest = (consumer: InferenceConsumer, inference: EvmInference): Uint8Array =>
  personalDigest(typedInferenceDigest(consumer, inference));
