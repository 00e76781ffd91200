/** A field tag and a length of up to five bytes stand before each submission of a set. */
const FIELD_OVERHEAD_BYTES = 6;

/** Splits a list, in order, into parts of at most `maxBytes`; always at least one part, and one item in each that has any. */
export function splitBySize<T>(items: readonly T[], bytesOf: (item: T) => number, maxBytes: number): T[][] {
  const parts: T[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item) + FIELD_OVERHEAD_BYTES;
    const current = parts[parts.length - 1]!;
    if (current.length > 0 && bytes + size > maxBytes) {
      parts.push([item]);
      bytes = size;
    } else {
      current.push(item);
      bytes += size;
    }
  }
  return parts;
}
