/**
 * Why a submission is refused, in the order in which the reasons are looked for: of several that hold, the first is told.
 *
 * 1. MALFORMED, TOO_LARGE: of the bytes alone; nobody is asked.
 * 2. UNKNOWN_TOPIC. With the topic its rules are known, and only then whether a salt is asked for: a missing or an unasked one is
 *    MALFORMED, told before NOT_REGISTERED. (One that is also too large is told TOO_LARGE, as its topic is not looked at.)
 * 3. NOT_REGISTERED, BAD_SIGNATURE: of the author. From here on a repeat of the same bytes is answered with its receipt.
 * 4. WINDOW_CLOSED: values need SUBMIT, or REVEAL where values are committed to first; commitments need COMMIT.
 * 5. NO_COMMITMENT: only values that are revealed.
 * 6. VALUE_NOT_ALLOWED, DUPLICATE_ELEMENT, TOO_MANY_ELEMENTS: only values; a commitment hides its own.
 * 7. CONFLICTING_REPEAT: last, so that who tries again learns first what else is wrong. Of values that are revealed it is never
 *    reached: a commitment stands for one value, so another one is NO_COMMITMENT.
 */
export const SUBMISSION_REFUSALS = [
  'MALFORMED',
  'TOO_LARGE',
  'UNKNOWN_TOPIC',
  'NOT_REGISTERED',
  'BAD_SIGNATURE',
  'WINDOW_CLOSED',
  'NO_COMMITMENT',
  'VALUE_NOT_ALLOWED',
  'DUPLICATE_ELEMENT',
  'TOO_MANY_ELEMENTS',
  'CONFLICTING_REPEAT',
] as const;

export type SubmissionRefusal = (typeof SUBMISSION_REFUSALS)[number];

export interface Refused {
  readonly verdict: 'refused';
  readonly code: SubmissionRefusal;
  readonly detail: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export type Verdict = { readonly verdict: 'accepted' } | Refused;

export const ACCEPTED: Verdict = { verdict: 'accepted' };

export const refused = (
  code: SubmissionRefusal,
  detail: string,
  facts: Readonly<Record<string, unknown>> = {},
): Refused => ({ verdict: 'refused', code, detail, facts });
