import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { describe, expect, it } from 'vitest';
import { toReceipt } from './decode';
import { verifyReceipt } from './receipt';

interface Group {
  readonly name: string;
  readonly chainId: string;
  readonly networkKey: string;
  readonly receipts: readonly { readonly receipt: unknown }[];
}
const file = path.join(import.meta.dirname, '../../identity/vectors/receipts.json');
const groups = JSON.parse(readFileSync(file, 'utf8')) as Group[];

describe.each(groups)('$name', ({ chainId, networkKey, receipts }) => {
  const network = { chainId, networkPublicKey: networkKey };
  const all = receipts.map(({ receipt }) => toReceipt(receipt));

  it('is the word of the network, on every receipt', () => {
    expect(all.map((receipt) => verifyReceipt(receipt, network))).not.toContain(false);
  });

  it('stays the word of a network that signs with another key by now, and tells the former one', () => {
    const other = `02${networkKey.slice(2, -2)}00`;
    const rotated = { chainId, networkPublicKey: other, receiptsVerifiableWith: [other, networkKey] };
    expect(all.map((receipt) => verifyReceipt(receipt, rotated))).not.toContain(false);
    const forgotten = { ...rotated, receiptsVerifiableWith: [other] };
    expect(all.map((receipt) => verifyReceipt(receipt, forgotten))).not.toContain(true);
  });

  it('is not, where it tells of a time at which the network signed with that key no longer', () => {
    const other = `02${networkKey.slice(2, -2)}00`;
    const rotated = { chainId, networkPublicKey: other, receiptsVerifiableWith: [other, networkKey] };
    for (const receipt of all) {
      const until = (ms: number) => [
        { publicKey: networkKey, from: null, until: new Date(ms).toISOString() },
      ];
      const { acceptedAtMs } = receipt;
      expect(verifyReceipt(receipt, { ...rotated, otherKeys: until(acceptedAtMs) })).toBe(true);
      expect(verifyReceipt(receipt, { ...rotated, otherKeys: until(acceptedAtMs - 1) })).toBe(false);
      // Whoever signs now may do so for what was accepted at any time, and its own key has no end yet.
      const beginsLater = [{ publicKey: networkKey, from: '9999-01-01T00:00:00Z', until: null }];
      expect(verifyReceipt(receipt, { ...rotated, otherKeys: beginsLater })).toBe(true);
      const present = { ...network, otherKeys: until(acceptedAtMs - 1) };
      expect(verifyReceipt(receipt, present)).toBe(true);
    }
  });

  it('is the word of no other network, nor on another chain', () => {
    const other = `02${networkKey.slice(2, -2)}00`;
    for (const receipt of all) {
      expect(verifyReceipt(receipt, { chainId, networkPublicKey: other })).toBe(false);
      expect(verifyReceipt(receipt, { chainId: 'elsewhere-1', networkPublicKey: networkKey })).toBe(false);
      expect(verifyReceipt(receipt, { chainId, networkPublicKey: 'zz' })).toBe(false);
    }
  });

  const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
  const changes: Record<string, (receipt: Receipt) => Receipt> = {
    hash: (receipt) => ({ ...receipt, hash: 'ab'.repeat(32) }),
    topicId: (receipt) => ({ ...receipt, topicId: receipt.topicId + 1 }),
    nonce: (receipt) => ({ ...receipt, nonce: receipt.nonce - 1 }),
    author: (receipt) => ({ ...receipt, author: `${receipt.author}x` }),
    logPartition: (receipt) => ({ ...receipt, logPartition: receipt.logPartition + 1 }),
    logOffset: (receipt) => ({ ...receipt, logOffset: receipt.logOffset - 1 }),
    logIndex: (receipt) => ({ ...receipt, logIndex: receipt.logIndex + 1 }),
    acceptedAtMs: (receipt) => ({ ...receipt, acceptedAtMs: receipt.acceptedAtMs - 1 }),
    proof: (receipt) => ({ ...receipt, proof: undefined }),
    place: ({ proof, ...receipt }) => ({ ...receipt, proof: { ...proof!, index: proof!.index ^ 1 } }),
    path: ({ proof, ...receipt }) => ({
      ...receipt,
      proof: { ...proof!, path: flip(new Uint8Array([...proof!.path, 0])) },
    }),
    signature: ({ proof, ...receipt }) => ({
      ...receipt,
      proof: { ...proof!, signature: flip(proof!.signature) },
    }),
    'public key': ({ proof, ...receipt }) => ({
      ...receipt,
      proof: { ...proof!, publicKey: flip(proof!.publicKey) },
    }),
  };
  it.each(Object.entries(changes))('does not hold with another %s', (_, change) => {
    for (const receipt of all) expect(verifyReceipt(change(receipt), network)).toBe(false);
  });
});
