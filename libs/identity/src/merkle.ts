import { hash } from 'node:crypto';

/** Bytes of a node, and of a sibling in a path. */
export const NODE_BYTES = 32;

const LEAF = 0;
const INNER = 1;
/** Fills a level up to a power of two. No leaf or inner node is zero, as each is a SHA-256. */
const PADDING = new Uint8Array(NODE_BYTES);

let scratch = Buffer.alloc(512);

/** SHA-256(prefix || first || second). */
function sha256(prefix: number, first: Uint8Array, second?: Uint8Array): Uint8Array {
  const length = 1 + first.length + (second?.length ?? 0);
  if (scratch.length < length) scratch = Buffer.alloc(2 * length);
  scratch[0] = prefix;
  scratch.set(first, 1);
  if (second) scratch.set(second, 1 + first.length);
  return hash('sha256', scratch.subarray(0, length), 'buffer');
}

export interface MerkleTree {
  readonly root: Uint8Array;
  /** Siblings of the leaf from the bottom up, in one piece. */
  path(index: number): Uint8Array;
}

/**
 * A tree over messages: leaf = SHA-256(0x00 || message), node = SHA-256(0x01 || left || right), missing leaves are 32 zero
 * bytes. A tree of one message has its leaf as root. The prefixes keep a node from passing for a message.
 */
export function merkleTree(messages: readonly Uint8Array[]): MerkleTree {
  if (messages.length === 0) throw new RangeError('a Merkle tree needs a message');
  const levels = [messages.map((message) => sha256(LEAF, message))];
  for (let below = levels[0]!; below.length > 1; below = levels.at(-1)!) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < below.length; i += 2) above.push(sha256(INNER, below[i]!, below[i + 1] ?? PADDING));
    levels.push(above);
  }
  const siblings = levels.slice(0, -1);
  return {
    root: levels.at(-1)![0]!,
    path: (index) => Buffer.concat(siblings.map((nodes, level) => nodes[(index >> level) ^ 1] ?? PADDING)),
  };
}

/** The root that a message at this place leads to; undefined when the path is not of a tree. */
export function merkleRoot(
  message: Uint8Array,
  place: { readonly index: number; readonly path: Uint8Array },
): Uint8Array | undefined {
  const depth = place.path.length / NODE_BYTES;
  if (!Number.isInteger(depth) || depth > 31 || place.index < 0 || place.index >= 2 ** depth)
    return undefined;
  let node = sha256(LEAF, message);
  for (let level = 0; level < depth; level++) {
    const sibling = place.path.subarray(level * NODE_BYTES, (level + 1) * NODE_BYTES);
    const isRight = ((place.index >> level) & 1) === 1;
    node = isRight ? sha256(INNER, sibling, node) : sha256(INNER, node, sibling);
  }
  return node;
}
