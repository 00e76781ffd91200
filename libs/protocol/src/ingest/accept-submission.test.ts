import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptSubmission, type RevealFacts } from './accept-submission';
import { ACCEPTED, refused, SUBMISSION_REFUSALS, type SubmissionRefusal } from './verdict';

const known = { sizeBytes: 10, maxBytes: 10, topicKnown: true, registered: true, signatureProves: true };
const value = { ...known, body: 'VALUE', standing: 'NONE', values: ACCEPTED } as const;

/** The three things that come to the door, each as nothing speaks against it. */
const sound = {
  'a value': { ...value, windowOpen: true },
  'a value that is revealed': { ...value, reveals: true, saltBytes: 32, stage: 'REVEAL', commitment: 'SAME' },
  'a commitment': { ...known, body: 'COMMITMENT', standing: 'NONE', reveals: true, stage: 'COMMIT' },
} as const satisfies Record<string, RevealFacts>;
type Kind = keyof typeof sound;
const kinds = Object.keys(sound) as Kind[];

type Flaws = Readonly<Partial<Record<SubmissionRefusal, Partial<RevealFacts>>>>;

const ofAll = {
  MALFORMED: { formProblem: 'no nonce' },
  TOO_LARGE: { sizeBytes: 11 },
  UNKNOWN_TOPIC: { topicKnown: false },
  NOT_REGISTERED: { registered: false },
  BAD_SIGNATURE: { signatureProves: false },
} as const;
const ofValues = {
  VALUE_NOT_ALLOWED: { values: refused('VALUE_NOT_ALLOWED', 'x') },
  DUPLICATE_ELEMENT: { values: refused('DUPLICATE_ELEMENT', 'x') },
  TOO_MANY_ELEMENTS: { values: refused('TOO_MANY_ELEMENTS', 'x') },
} as const;
const CONFLICTING_REPEAT = { standing: 'OTHER' } as const;

/** The fact that brings each refusal about. */
const flaws: Readonly<Record<Kind, Flaws>> = {
  'a value': { ...ofAll, WINDOW_CLOSED: { windowOpen: false }, ...ofValues, CONFLICTING_REPEAT },
  'a value that is revealed': {
    ...ofAll,
    WINDOW_CLOSED: { stage: 'CLOSED' },
    NO_COMMITMENT: { commitment: 'OTHER' },
    ...ofValues,
    CONFLICTING_REPEAT,
  },
  'a commitment': { ...ofAll, WINDOW_CLOSED: { stage: 'CLOSED' }, CONFLICTING_REPEAT },
};
const codesOf = (kind: Kind) => SUBMISSION_REFUSALS.filter((code) => code in flaws[kind]);

/** Applied from the last to the first: of several value refusals the core's callers report the first as well. */
const withFlaws = (kind: Kind, codes: readonly SubmissionRefusal[]): RevealFacts =>
  codes.toReversed().reduce<RevealFacts>((all, code) => ({ ...all, ...flaws[kind][code] }), sound[kind]);

describe.each(kinds)('acceptance of %s', (kind) => {
  it('takes what nothing speaks against', () => {
    expect(acceptSubmission(sound[kind])).toEqual({ verdict: 'accepted' });
  });

  it.each(codesOf(kind))('refuses with %s', (code) => {
    expect(acceptSubmission(withFlaws(kind, [code]))).toMatchObject({ verdict: 'refused', code });
  });

  const pairs = codesOf(kind).flatMap((first, i) =>
    codesOf(kind)
      .slice(i + 1)
      .map((second) => [first, second] as const),
  );
  it.each(pairs)('tells %s before %s', (first, second) => {
    expect(acceptSubmission(withFlaws(kind, [first, second]))).toMatchObject({ code: first });
  });

  it('tells the first of any number of reasons', () => {
    fc.assert(
      fc.property(fc.subarray(codesOf(kind), { minLength: 1 }), (codes) => {
        expect(acceptSubmission(withFlaws(kind, codes))).toMatchObject({ code: codes[0] });
      }),
    );
  });

  it('answers a repeat of the same bytes after its window closed, but not without its signature', () => {
    const repeat = { ...withFlaws(kind, ['WINDOW_CLOSED']), standing: 'SAME' } as const;
    expect(acceptSubmission(repeat)).toEqual({ verdict: 'repeat' });
    expect(acceptSubmission({ ...repeat, signatureProves: false })).toMatchObject({ code: 'BAD_SIGNATURE' });
  });
});

describe('the table of refusals', () => {
  it('is reached to its last code', () => {
    expect(new Set(kinds.flatMap(codesOf))).toEqual(new Set(SUBMISSION_REFUSALS));
  });
});

/** Facts as the door finds them out: one at a time, `reveals` with the topic. */
function askedFor(kind: Kind, until: Partial<RevealFacts> = {}) {
  const answers: RevealFacts = { ...sound[kind], ...until };
  const { body, saltBytes, reveals, sizeBytes, maxBytes } = answers;
  let facts: RevealFacts = { body, sizeBytes, maxBytes, ...(saltBytes === undefined ? {} : { saltBytes }) };
  const asked: string[] = [];
  for (;;) {
    const verdict = acceptSubmission(facts);
    if (verdict.verdict !== 'undecided') return asked;
    asked.push(verdict.needs);
    facts = { ...facts, [verdict.needs]: answers[verdict.needs] };
    if (verdict.needs === 'topicKnown' && reveals !== undefined) facts = { ...facts, reveals };
  }
}

describe('facts are asked for', () => {
  const author = ['topicKnown', 'registered', 'signatureProves', 'standing'];

  it.each<[Kind, string[]]>([
    ['a value', [...author, 'windowOpen', 'values']],
    ['a value that is revealed', [...author, 'stage', 'commitment', 'values']],
    ['a commitment', [...author, 'stage']],
  ])('one at a time, in order, of %s', (kind, expected) => {
    expect(askedFor(kind)).toEqual(expected);
  });

  it('only while they decide', () => {
    expect(askedFor('a value', { topicKnown: false })).toEqual(['topicKnown']);
    expect(askedFor('a value that is revealed', { saltBytes: 0 })).toEqual(['topicKnown']);
    expect(askedFor('a value that is revealed', { stage: 'COMMIT' })).toEqual([...author, 'stage']);
    expect(askedFor('a commitment', { reveals: false })).toEqual(author);
  });
});

describe('commit and reveal', () => {
  it.each([
    ['a value', 'a topic without reveals', 'SUBMIT', 'accepted'],
    ['a value that is revealed', 'commitments', 'COMMIT', 'WINDOW_CLOSED'],
    ['a value that is revealed', 'reveals', 'REVEAL', 'accepted'],
    ['a value that is revealed', 'nothing', 'CLOSED', 'WINDOW_CLOSED'],
    ['a commitment', 'commitments', 'COMMIT', 'accepted'],
    ['a commitment', 'reveals', 'REVEAL', 'WINDOW_CLOSED'],
    ['a commitment', 'values', 'SUBMIT', 'WINDOW_CLOSED'],
    ['a commitment', 'nothing', 'CLOSED', 'WINDOW_CLOSED'],
  ] as const)('%s in the time of %s', (kind, _, stage, expected) => {
    const verdict = acceptSubmission({ ...sound[kind], stage });
    expect(verdict.verdict === 'refused' ? verdict.code : verdict.verdict).toBe(expected);
  });

  it('asks for the bytes that were committed to', () => {
    const revealed = sound['a value that is revealed'];
    expect(acceptSubmission({ ...revealed, commitment: 'NONE' })).toMatchObject({
      code: 'NO_COMMITMENT',
      detail: 'the author has committed to nothing for this nonce',
    });
    expect(acceptSubmission({ ...revealed, commitment: 'OTHER' })).toMatchObject({
      code: 'NO_COMMITMENT',
      detail: 'the author has committed to other bytes for this nonce',
    });
  });

  it('takes no commitment where values are told at once', () => {
    expect(acceptSubmission({ ...sound['a commitment'], reveals: false })).toMatchObject({
      code: 'WINDOW_CLOSED',
      detail: 'this topic takes values without commitments',
    });
  });

  it.each([
    ['a value', 0, 'accepted'],
    ['a value', 32, 'MALFORMED'],
    ['a value that is revealed', 0, 'MALFORMED'],
    ['a value that is revealed', 31, 'MALFORMED'],
    ['a value that is revealed', 32, 'accepted'],
    ['a value that is revealed', 33, 'MALFORMED'],
  ] as const)('of %s with a salt of %i bytes: %s', (kind, saltBytes, expected) => {
    const verdict = acceptSubmission({ ...sound[kind], saltBytes });
    expect(verdict.verdict === 'refused' ? verdict.code : verdict.verdict).toBe(expected);
  });

  it.each(kinds.filter((kind) => kind !== 'a commitment'))(
    'a salt that does not suit the topic of %s comes behind what needs no topic, before the author',
    (kind) => {
      const wrong = { saltBytes: kind === 'a value' ? 32 : 0 };
      const codeWith = (...codes: SubmissionRefusal[]) => {
        const verdict = acceptSubmission({ ...withFlaws(kind, codes), ...wrong });
        return verdict.verdict === 'refused' ? verdict.code : verdict.verdict;
      };
      expect(codeWith('TOO_LARGE')).toBe('TOO_LARGE');
      expect(codeWith('UNKNOWN_TOPIC')).toBe('UNKNOWN_TOPIC');
      for (const code of codesOf(kind).slice(3)) expect(codeWith(code)).toBe('MALFORMED');
    },
  );
});
