/** Facts as JSON; amounts are bigint inside and decimal text outside. */
export const factsToJson = (facts: object): string =>
  JSON.stringify(facts, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
