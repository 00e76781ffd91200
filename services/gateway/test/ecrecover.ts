import { keccak_256 } from '@noble/hashes/sha3.js';
import * as secp from '@noble/secp256k1';

/** Made after the contract alone, in hex, so that it shares nothing with what it checks. */
export interface Signed {
  readonly signature: string;
  readonly chainId: number;
  readonly contract: string;
  /** Decimal texts as they came in JSON. */
  readonly networkInference: string;
  readonly percentiles: readonly string[];
  readonly values: readonly string[];
  readonly timestamp: number;
  readonly topicId: string;
  readonly extraData: string;
}

const keccak = (hex: string): string =>
  Buffer.from(keccak_256(new Uint8Array(Buffer.from(hex, 'hex')))).toString('hex');
const ofText = (text: string): string => keccak(Buffer.from(text).toString('hex'));
const word = (value: string | number | bigint): string =>
  BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, '0');
const array = (items: readonly string[]): string => word(items.length) + items.map(word).join('');

function structHash(signed: Signed): string {
  const data = signed.extraData.slice(2);
  const bytes = word(data.length / 2) + data.padEnd(Math.ceil(data.length / 64) * 64, '0');
  const [percentiles, values] = [array(signed.percentiles), array(signed.values)];
  const bytesAt = 7 * 32;
  const percentilesAt = bytesAt + bytes.length / 2;
  const valuesAt = percentilesAt + percentiles.length / 2;
  const type = ofText(
    'NetworkInferenceData(uint256 networkInference,uint256 timestamp,uint256 topicId,bytes extraData,uint256[] confidenceIntervalPercentiles,uint256[] confidenceIntervalValues)',
  );
  const heads = [
    signed.networkInference,
    signed.timestamp,
    signed.topicId,
    bytesAt,
    percentilesAt,
    valuesAt,
  ].map(word);
  return keccak(type + heads.join('') + bytes + percentiles + values);
}

/** The signer's address, as a contract on the chain computes it. */
export function ecrecover(signed: Signed): string {
  const domain = keccak(
    ofText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)') +
      ofText('AlloraConsumer') +
      ofText('1') +
      word(signed.chainId) +
      word(signed.contract),
  );
  const typed = keccak(`1901${domain}${structHash(signed)}`);
  const digest = keccak(Buffer.from('\x19Ethereum Signed Message:\n32', 'latin1').toString('hex') + typed);
  const signature = Buffer.from(signed.signature.slice(2), 'hex');
  const recovered = new Uint8Array([signature[64]! - 27, ...signature.subarray(0, 64)]);
  const compressed = secp.recoverPublicKey(recovered, new Uint8Array(Buffer.from(digest, 'hex')), {
    prehash: false,
  });
  const point = Buffer.from(secp.Point.fromBytes(compressed).toBytes(false)).toString('hex').slice(2);
  return `0x${keccak(point).slice(24)}`;
}
