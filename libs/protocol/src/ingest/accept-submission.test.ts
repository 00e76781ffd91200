import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptSubmission, type AskableFact, type SubmissionFacts } from './accept-submission';
import { ACCEPTED, refused, SUBMISSION_REFUSALS, type SubmissionRefusal } from './verdict';

const sound: SubmissionFacts = {
  sizeBytes: 10,
  maxBytes: 10,
  topicKnown: true,
  registered: true,
  signatureProves: true,
  standing: 'NONE',
  windowOpen: true,
  values: ACCEPTED,
};

/** The fact that brings each refusal about. */
const flaws: Readonly<Record<SubmissionRefusal, Partial<SubmissionFacts>>> = {
  MALFORMED: { formProblem: 'no nonce' },
  TOO_LARGE: { sizeBytes: 11 },
  UNKNOWN_TOPIC: { topicKnown: false },
  NOT_REGISTERED: { registered: false },
  BAD_SIGNATURE: { signatureProves: false },
  WINDOW_CLOSED: { windowOpen: false },
  VALUE_NOT_ALLOWED: { values: refused('VALUE_NOT_ALLOWED', 'x') },
  DUPLICATE_ELEMENT: { values: refused('DUPLICATE_ELEMENT', 'x') },
  TOO_MANY_ELEMENTS: { values: refused('TOO_MANY_ELEMENTS', 'x') },
  CONFLICTING_REPEAT: { standing: 'OTHER' },
};

describe('acceptance', () => {
  it('takes what nothing speaks against', () => {
    expect(acceptSubmission(sound)).toEqual({ verdict: 'accepted' });
  });

  it.each(SUBMISSION_REFUSALS)('refuses with %s', (code) => {
    expect(acceptSubmission({ ...sound, ...flaws[code] })).toMatchObject({ verdict: 'refused', code });
  });

  it('tells the first of several reasons', () => {
    fc.assert(
      fc.property(fc.subarray([...SUBMISSION_REFUSALS], { minLength: 1 }), (codes) => {
        // Applied from the last to the first: of several value refusals the core's callers report the first as well.
        const facts = codes
          .toReversed()
          .reduce<SubmissionFacts>((all, code) => ({ ...all, ...flaws[code] }), sound);
        expect(acceptSubmission(facts)).toMatchObject({ code: codes[0] });
      }),
    );
  });

  it('answers a repeat of the same bytes after the window closed, but not without its signature', () => {
    expect(acceptSubmission({ ...sound, standing: 'SAME', windowOpen: false })).toEqual({
      verdict: 'repeat',
    });
    expect(acceptSubmission({ ...sound, standing: 'SAME', signatureProves: false })).toMatchObject({
      code: 'BAD_SIGNATURE',
    });
  });

  it('asks for one fact at a time, in order, and only while it decides', () => {
    let facts: SubmissionFacts = { sizeBytes: 1, maxBytes: 10 };
    const asked: AskableFact[] = [];
    for (;;) {
      const verdict = acceptSubmission(facts);
      if (verdict.verdict !== 'undecided') break;
      asked.push(verdict.needs);
      facts = { ...facts, [verdict.needs]: sound[verdict.needs] };
    }
    expect(asked).toEqual([
      'topicKnown',
      'registered',
      'signatureProves',
      'standing',
      'windowOpen',
      'values',
    ]);
    expect(acceptSubmission({ sizeBytes: 1, maxBytes: 10, topicKnown: false })).toMatchObject({
      code: 'UNKNOWN_TOPIC',
    });
  });
});
