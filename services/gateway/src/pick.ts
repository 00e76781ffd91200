/** Only these fields of an answer; all of it where nobody chose. */
export function pick<T extends object>(answer: T, fields: readonly string[] | undefined): Partial<T> {
  if (!fields) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => fields.includes(name))) as Partial<T>;
}
