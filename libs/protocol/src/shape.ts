import { ProtocolError } from './errors';

/** Orders ids by ascending byte order of their UTF-8 form, which is the order of their code points. */
export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates (D800-DFFF) stand for code points above FFFF, so they follow E000-FFFF.
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Refuses a list of ids that is not strictly ascending: the fixed order is what makes a replay exact. */
export function requireAscending(role: string, ids: readonly string[]): void {
  for (let i = 1; i < ids.length; i += 1) {
    if (compareIds(ids[i - 1]!, ids[i]!) >= 0) {
      throw new ProtocolError(
        'IDS_NOT_ASCENDING',
        `${role} must be in ascending byte order without repeats; "${ids[i]}" follows "${ids[i - 1]}"`,
      );
    }
  }
}

/** Refuses an array that is not aligned with its list of ids. */
export function requireLength(name: string, actual: number, expected: number): void {
  if (actual !== expected) {
    throw new ProtocolError(
      'SHAPE_MISMATCH',
      `${name} has ${actual} entries; give it ${expected}, one per id`,
    );
  }
}

/** Refuses a matrix that does not have one row per row id and one column per column id. */
export function requireMatrix(
  name: string,
  matrix: readonly ArrayLike<unknown>[],
  rows: number,
  columns: number,
): void {
  requireLength(name, matrix.length, rows);
  for (let i = 0; i < rows; i += 1) requireLength(`${name}[${i}]`, matrix[i]!.length, columns);
}

/** Refuses stakes that are negative or not finite. */
export function requireStakes(name: string, stakes: readonly number[]): void {
  for (const stake of stakes) {
    if (!(stake >= 0 && stake < Infinity)) {
      throw new ProtocolError('INVALID_INPUT', `${name} holds ${stake}; stakes are finite and not negative`);
    }
  }
}
