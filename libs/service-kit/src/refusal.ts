import { isInfrastructureFailure } from '@allora/bus/failure';
import { errorRules, RefusalError } from '@allora/contracts/errors';

/** What a caller may know of a failure: refusals whole, an outage as such, everything else without its reason. */
export function refusalOf(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const code = isInfrastructureFailure(error) ? 'UNAVAILABLE' : 'INTERNAL';
  return new RefusalError(code, errorRules[code].title);
}

/** Facts as JSON; amounts are bigint inside and decimal text outside. */
export const factsToJson = (facts: object): string =>
  JSON.stringify(facts, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
