import { hexOf } from '@allora/identity/hex';

/**
 * Texts as one array literal of PostgreSQL, cast in the statement (`${textArray(ids)}::text[]`). Prisma takes an array
 * parameter apart value by value, at three times the cost of a whole bulk statement.
 */
export const textArray = (values: readonly string[]): string =>
  `{${values.map((value) => (PLAIN.test(value) ? value : quoted(value))).join(',')}}`;

/** Numbers as an array literal. */
export const numberArray = (values: readonly number[]): string => `{${values.join(',')}}`;

/** Bytes as an array literal of hex texts, for `decode(…, 'hex')`. */
export const hexArray = (values: readonly Uint8Array[]): string =>
  `{${values.map((value) => hexOf(value) || '""').join(',')}}`;

/** Needs no quotes; the bare word NULL would be read as one. */
const PLAIN = /^(?!null$)[\w.-]+$/i;

const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
