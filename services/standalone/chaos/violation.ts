/** What the network has promised and not kept. */
export interface Violation {
  readonly rule: string;
  readonly detail: string;
  /** What it is about: a hash, a nonce of a topic, a process. */
  readonly about: string;
}

/** Of each rule so many are told in full; the rest is counted. */
const TOLD_OF_EACH = 20;

export function shorten(violations: readonly Violation[]): Violation[] {
  const count = new Map<string, number>();
  const told = violations.filter(({ rule }) => {
    count.set(rule, (count.get(rule) ?? 0) + 1);
    return count.get(rule)! <= TOLD_OF_EACH;
  });
  const rest = [...count].filter(([, n]) => n > TOLD_OF_EACH);
  return [
    ...told,
    ...rest.map(([rule, n]) => ({ rule, about: 'more', detail: `${n - TOLD_OF_EACH} more of this rule` })),
  ];
}
