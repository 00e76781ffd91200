import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merkleRoot, merkleTree } from './merkle';

const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');
const messages = (count: number) => Array.from({ length: count }, () => randomBytes(40));

describe('a Merkle tree', () => {
  it('of one message has its leaf as root and an empty path', () => {
    const [message] = messages(1);
    const tree = merkleTree([message!]);
    expect(Buffer.from(tree.root).toString('hex')).toBe(sha(Uint8Array.of(0), message!));
    expect(tree.path(0)).toHaveLength(0);
  });

  it('of three is the one that the rule gives by hand', () => {
    const all = messages(3);
    const [a, b, c] = all.map((message) => Buffer.from(sha(Uint8Array.of(0), message), 'hex'));
    const inner = (left: Uint8Array, right: Uint8Array) =>
      Buffer.from(sha(Uint8Array.of(1), left, right), 'hex');
    const root = inner(inner(a!, b!), inner(c!, Buffer.alloc(32)));
    expect(Buffer.from(merkleTree(all).root)).toEqual(root);
  });

  it('leads every message at its own place to the root, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (count, one, another) => {
        const all = messages(count);
        const tree = merkleTree(all);
        const [i, j] = [one % count, another % count];
        const path = tree.path(i);
        expect(merkleRoot(all[i]!, { index: i, path })).toEqual(tree.root);
        if (i !== j) expect(merkleRoot(all[j]!, { index: i, path })).not.toEqual(tree.root);
        if (i !== j) expect(merkleRoot(all[i]!, { index: j, path })).not.toEqual(tree.root);
      }),
    );
  });

  it('does not follow a path of a wrong length or a place outside of it', () => {
    const [message] = messages(1);
    expect(merkleRoot(message!, { index: 0, path: new Uint8Array(33) })).toBeUndefined();
    expect(merkleRoot(message!, { index: 2, path: new Uint8Array(32) })).toBeUndefined();
    expect(merkleRoot(message!, { index: -1, path: new Uint8Array(32) })).toBeUndefined();
  });

  it('does not take an inner node for a message', () => {
    const all = messages(2);
    const tree = merkleTree(all);
    const node = Buffer.concat(all.map((message) => Buffer.from(sha(Uint8Array.of(0), message), 'hex')));
    expect(merkleRoot(node, { index: 0, path: new Uint8Array(0) })).not.toEqual(tree.root);
  });
});
