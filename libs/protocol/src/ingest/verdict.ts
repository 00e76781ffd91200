/** Why a submission is refused, in the order in which the reasons are looked for. */
export const SUBMISSION_REFUSALS = [
  'MALFORMED',
  'TOO_LARGE',
  'UNKNOWN_TOPIC',
  'NOT_REGISTERED',
  'BAD_SIGNATURE',
  'WINDOW_CLOSED',
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
