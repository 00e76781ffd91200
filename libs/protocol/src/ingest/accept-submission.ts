import { ACCEPTED, refused, type Refused, type Verdict } from './verdict';

/** What is known about a submission so far; a field that is absent was not asked for yet. */
export interface SubmissionFacts {
  /** What makes it unreadable, if anything. */
  readonly formProblem?: string;
  readonly sizeBytes: number;
  readonly maxBytes: number;
  readonly topicKnown?: boolean;
  readonly registered?: boolean;
  readonly signatureProves?: boolean;
  /** What the author has already submitted for the nonce: nothing, these very bytes, or others. */
  readonly standing?: 'NONE' | 'SAME' | 'OTHER';
  readonly windowOpen?: boolean;
  readonly values?: Verdict;
}

export type AskableFact =
  'topicKnown' | 'registered' | 'signatureProves' | 'standing' | 'windowOpen' | 'values';

export type SubmissionVerdict =
  | Verdict
  /** The same bytes stand already: answer with the first receipt. */
  | { readonly verdict: 'repeat' }
  /** Not decided before this fact is known. */
  | { readonly verdict: 'undecided'; readonly needs: AskableFact };

const needs = (fact: AskableFact): SubmissionVerdict => ({ verdict: 'undecided', needs: fact });

/**
 * Whether a submission is taken, and if not, the first reason in the order of SUBMISSION_REFUSALS. It names the one fact it
 * needs next, so that the costly ones (a signature, a question to another service) are looked up only when they decide. A
 * repeat of the same bytes gets its receipt even after the window closed: its sender may have missed the first answer.
 */
export function acceptSubmission(facts: SubmissionFacts): SubmissionVerdict {
  const unreadable = refuseForm(facts);
  if (unreadable) return unreadable;
  if (facts.topicKnown === undefined) return needs('topicKnown');
  if (!facts.topicKnown) return refused('UNKNOWN_TOPIC', 'there is no topic with this id');
  if (facts.registered === undefined) return needs('registered');
  if (!facts.registered)
    return refused('NOT_REGISTERED', 'the author is not registered in this topic for this role');
  if (facts.signatureProves === undefined) return needs('signatureProves');
  if (!facts.signatureProves) {
    return refused(
      'BAD_SIGNATURE',
      "the signature over the payload's canonical bytes is not of the author's key",
    );
  }
  if (facts.standing === undefined) return needs('standing');
  if (facts.standing === 'SAME') return { verdict: 'repeat' };
  if (facts.windowOpen === undefined) return needs('windowOpen');
  if (!facts.windowOpen) return refused('WINDOW_CLOSED', 'the window of this nonce is not open');
  if (facts.values === undefined) return needs('values');
  if (facts.values.verdict === 'refused') return facts.values;
  if (facts.standing === 'OTHER') {
    return refused(
      'CONFLICTING_REPEAT',
      'another submission of this author stands for this nonce; the first one counts',
    );
  }
  return ACCEPTED;
}

function refuseForm(facts: SubmissionFacts): Refused | undefined {
  if (facts.formProblem !== undefined) return refused('MALFORMED', facts.formProblem);
  if (facts.sizeBytes <= facts.maxBytes) return undefined;
  const detail = `the payload has ${facts.sizeBytes} bytes; at most ${facts.maxBytes} are allowed`;
  return refused('TOO_LARGE', detail, { sizeBytes: facts.sizeBytes, maxBytes: facts.maxBytes });
}
