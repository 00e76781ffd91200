import { isInfrastructureFailure } from '@allora/bus/failure';
import { type ErrorCode, errorRules, RefusalError } from '@allora/contracts/errors';

/** What a caller may know of a failure: refusals whole, an outage as such, everything else without its reason. */
export function refusalOf(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const code = isInfrastructureFailure(error) ? 'UNAVAILABLE' : 'INTERNAL';
  return new RefusalError(code, errorRules[code].title);
}

/** Facts as JSON; amounts are bigint inside and decimal text outside. */
export const factsToJson = (facts: unknown): string =>
  JSON.stringify(facts, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly instance: string;
  readonly remedy: string;
  readonly [fact: string]: unknown;
}

/** A refusal as the members of problem+json; the instance is the id of the request. */
export function problemOf({ code, message, facts }: RefusalError, instance: string): Problem {
  const { title, status, remedy } = errorRules[code];
  const type = `urn:allora:problem:${code}`;
  return { ...facts, type, title, status, code, detail: message, instance, remedy };
}
