import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { merkleRoot } from '@allora/identity/merkle';
import { pureSecp256k1, secp256k1 } from '@allora/identity/secp256k1';
import { messageHash } from '@allora/identity/signature';
import { describe, expect, it } from 'vitest';

type Statement = Omit<Receipt, 'proof'>;

interface Group {
  readonly name: string;
  readonly chainId: string;
  readonly networkKey: string;
  readonly root: string;
  readonly rootBytes: string;
  readonly rootSha256: string;
  readonly receipts: readonly {
    readonly receipt: Statement & {
      readonly proof: {
        readonly publicKey: string;
        readonly signature: string;
        readonly index: number;
        readonly path: string;
      };
    };
    readonly bytes: string;
    readonly leaf: string;
  }[];
}

const file = path.join(import.meta.dirname, '../../identity/vectors/receipts.json');
const groups = JSON.parse(readFileSync(file, 'utf8')) as Group[];
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe.each(groups)('the receipt vectors: $name', ({ chainId, networkKey, receipts, ...group }) => {
  it('have a root that is signed as a payload', () => {
    const root = bytesOf(group.root);
    const payload = SignedPayload.encode({
      chainId,
      body: { $case: 'receiptRoot', value: { root } },
    }).finish();
    expect(hexOf(payload)).toBe(group.rootBytes);
    expect(hexOf(messageHash(payload))).toBe(group.rootSha256);
  });

  it.each(receipts)('lead from receipt $receipt.proof.index to the root', ({ receipt, bytes, leaf }) => {
    const { proof, ...statement } = receipt;
    const written = Receipt.encode({ ...statement, proof: undefined }).finish();
    expect(hexOf(written)).toBe(bytes);
    expect(hexOf(merkleRoot(written, { index: 0, path: new Uint8Array() }))).toBe(leaf);
    expect(hexOf(merkleRoot(written, { index: proof.index, path: bytesOf(proof.path) }))).toBe(group.root);
  });

  it.each(receipts)('are proven by the network: receipt $receipt.proof.index', ({ receipt: { proof } }) => {
    expect(proof.publicKey).toBe(networkKey);
    for (const curve of [secp256k1, pureSecp256k1]) {
      const [key, hash, signature] = [networkKey, group.rootSha256, proof.signature].map(bytesOf);
      expect(curve.verify(key!, hash!, signature!)).toBe(true);
    }
  });

  it('prove no other receipt', () => {
    const [{ receipt }] = receipts as [Group['receipts'][number]];
    const { proof, ...statement } = receipt;
    for (const change of [{ nonce: 7 }, { logIndex: 9 }, { acceptedAtMs: 1 }, { author: 'allo1x' }]) {
      const other = Receipt.encode({ ...statement, ...change, proof: undefined }).finish();
      expect(hexOf(merkleRoot(other, { index: proof.index, path: bytesOf(proof.path) }))).not.toBe(
        group.root,
      );
    }
  });
});
