/** What JSON becomes of a value: amounts are decimal text. */
export type Json<T> = T extends bigint
  ? string
  : T extends readonly (infer E)[]
    ? Json<E>[]
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T;

/** A plain value with its amounts as decimal text. */
export function toJson<T>(value: T): Json<T>;
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((item) => toJson<unknown>(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson<unknown>(member)]));
}
