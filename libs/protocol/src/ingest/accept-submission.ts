import { ACCEPTED, refused, type Refused, type Verdict } from './verdict';

/** Bytes of the salt that keeps a committed value from being guessed. */
export const SALT_BYTES = 32;

/** What is known about a submission so far; a field that is absent was not asked for yet. */
export interface SubmissionFacts {
  /** What makes it unreadable, if anything. */
  readonly formProblem?: string;
  readonly sizeBytes: number;
  readonly maxBytes: number;
  /** Bytes of the salt that a value carries; absent is none. */
  readonly saltBytes?: number;
  readonly topicKnown?: boolean;
  readonly registered?: boolean;
  readonly signatureProves?: boolean;
  /** What the author has already submitted for the nonce: nothing, these very bytes, or others. */
  readonly standing?: 'NONE' | 'SAME' | 'OTHER';
  readonly windowOpen?: boolean;
  readonly values?: Verdict;
}

/** What is taken at a nonce now. */
export type WindowStage = 'SUBMIT' | 'COMMIT' | 'REVEAL' | 'CLOSED';

/** What more there is to know where values may be committed to before they are told. */
export interface RevealFacts extends SubmissionFacts {
  readonly body: 'VALUE' | 'COMMITMENT';
  /** Whether the topic has a reveal window; known together with `topicKnown`, and absent is no. */
  readonly reveals?: boolean;
  readonly stage?: WindowStage;
  /** What the author committed to for the nonce: nothing, the hash of these very bytes, or another. */
  readonly commitment?: 'NONE' | 'SAME' | 'OTHER';
}

export type AskableFact =
  'topicKnown' | 'registered' | 'signatureProves' | 'standing' | 'windowOpen' | 'values';

/** `stage` takes the place of `windowOpen` in topics with reveals. */
export type AskableRevealFact = AskableFact | 'stage' | 'commitment';

export type SubmissionVerdict<Fact = AskableFact> =
  | Verdict
  /** The same bytes stand already: answer with the first receipt. */
  | { readonly verdict: 'repeat' }
  /** Not decided before this fact is known. */
  | { readonly verdict: 'undecided'; readonly needs: Fact };

type AnyVerdict = SubmissionVerdict<AskableRevealFact>;

const needs = (fact: AskableRevealFact): AnyVerdict => ({ verdict: 'undecided', needs: fact });

/**
 * Whether a submission is taken, and if not, the first reason in the order of SUBMISSION_REFUSALS. It names the one fact it
 * needs next, so that the costly ones (a signature, a question to another service) are looked up only when they decide. A
 * repeat of the same bytes gets its receipt even after the window closed: its sender may have missed the first answer.
 */
export function acceptSubmission(facts: RevealFacts): SubmissionVerdict<AskableRevealFact>;
export function acceptSubmission(facts: SubmissionFacts): SubmissionVerdict;
export function acceptSubmission(facts: SubmissionFacts & Partial<RevealFacts>): AnyVerdict {
  const unreadable = refuseForm(facts);
  if (unreadable) return unreadable;
  if (facts.topicKnown === undefined) return needs('topicKnown');
  if (!facts.topicKnown) return refused('UNKNOWN_TOPIC', 'there is no topic with this id');
  const wrongSalt = refuseSalt(facts);
  if (wrongSalt) return wrongSalt;
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
  return judgeTime(facts) ?? judgeContent(facts) ?? judgeStanding(facts);
}

/** Whether this is the time for it; undefined when it is. */
function judgeTime(facts: SubmissionFacts & Partial<RevealFacts>): AnyVerdict | undefined {
  const commits = facts.body === 'COMMITMENT';
  if (commits && !facts.reveals)
    return refused('WINDOW_CLOSED', 'this topic takes values without commitments');
  if (!facts.reveals) {
    if (facts.windowOpen === undefined) return needs('windowOpen');
    return facts.windowOpen ? undefined : refused('WINDOW_CLOSED', 'the window of this nonce is not open');
  }
  if (facts.stage === undefined) return needs('stage');
  const due = commits ? 'COMMIT' : 'REVEAL';
  if (facts.stage === due) return undefined;
  const wanted = commits ? 'commitments' : 'reveals';
  return refused('WINDOW_CLOSED', `the window of this nonce for ${wanted} is not open`, {
    stage: facts.stage,
  });
}

/** What it says; undefined when that is allowed. Of a commitment nothing can be read. */
function judgeContent(facts: SubmissionFacts & Partial<RevealFacts>): AnyVerdict | undefined {
  if (facts.body === 'COMMITMENT') return undefined;
  if (facts.reveals) {
    if (facts.commitment === undefined) return needs('commitment');
    if (facts.commitment === 'NONE')
      return refused('NO_COMMITMENT', 'the author has committed to nothing for this nonce');
    if (facts.commitment === 'OTHER')
      return refused('NO_COMMITMENT', 'the author has committed to other bytes for this nonce');
  }
  if (facts.values === undefined) return needs('values');
  return facts.values.verdict === 'refused' ? facts.values : undefined;
}

function judgeStanding({ standing }: SubmissionFacts): Verdict {
  if (standing !== 'OTHER') return ACCEPTED;
  return refused(
    'CONFLICTING_REPEAT',
    'another submission of this author stands for this nonce; the first one counts',
  );
}

function refuseForm(facts: SubmissionFacts): Refused | undefined {
  if (facts.formProblem !== undefined) return refused('MALFORMED', facts.formProblem);
  const { sizeBytes, maxBytes, saltBytes = 0 } = facts;
  if (saltBytes !== 0 && saltBytes !== SALT_BYTES)
    return refused('MALFORMED', `the salt has ${saltBytes} bytes, expected ${SALT_BYTES}`, { saltBytes });
  if (sizeBytes <= maxBytes) return undefined;
  const detail = `the payload has ${sizeBytes} bytes; at most ${maxBytes} are allowed`;
  return refused('TOO_LARGE', detail, { sizeBytes, maxBytes });
}

/**
 * A value that is revealed needs its salt. One that is not must have none: its sender believes it hidden, which it is not, and
 * one value would have as many hashes as there are salts.
 */
function refuseSalt(facts: SubmissionFacts & Partial<RevealFacts>): Refused | undefined {
  const { body, reveals = false, saltBytes = 0 } = facts;
  if (body === 'COMMITMENT' || reveals === saltBytes > 0) return undefined;
  const detail = reveals
    ? `values of this topic are revealed with the salt of ${SALT_BYTES} bytes that they were committed with`
    : 'values of this topic are told at once and have no salt';
  return refused('MALFORMED', detail, { saltBytes });
}
