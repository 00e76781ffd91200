import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Asked, SignedAnswers } from './signed-answers';

const asked: Asked = {
  topicId: 1,
  format: 'ethereum-1',
  valueType: 'uint256',
  nonce: 100,
  timestampSeconds: 1_700_000_000,
};

/** Answers that tell what they were made of, and how many were made. */
function signer() {
  const answers = new SignedAnswers();
  let made = 0;
  return {
    made: () => made,
    ask: (more: Partial<Asked>) => {
      const request = { ...asked, ...more };
      return answers.of(request, () => {
        made += 1;
        return JSON.stringify(request);
      });
    },
  };
}

describe('signed answers', () => {
  it('are made once a second', () => {
    const { ask, made } = signer();
    for (let i = 0; i < 5; i++) ask({});
    expect(made()).toBe(1);
    for (let i = 0; i < 5; i++) ask({ timestampSeconds: asked.timestampSeconds + 1 });
    expect(made()).toBe(2);
  });

  it('are of the asked topic, format, type, epoch and second, however these come and go', () => {
    const part = fc.integer({ min: 0, max: 2 });
    const request = fc.record({
      topicId: part,
      format: part.map((n) => `ethereum-${n}`),
      valueType: fc.constantFrom('uint256', 'int256'),
      nonce: part,
      // A clock that was put right goes back.
      timestampSeconds: part,
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
        const { ask, made } = signer();
        for (const [i, next] of requests.entries()) {
          expect(JSON.parse(ask(next))).toEqual(next);
          const before = made();
          ask(next);
          expect(made(), `${i}`).toBe(before);
        }
      }),
    );
  });

  it('are not kept when they could not be made', () => {
    const answers = new SignedAnswers();
    expect(() =>
      answers.of(asked, () => {
        throw new RangeError('does not fit');
      }),
    ).toThrow(RangeError);
    expect(answers.of(asked, () => 'made')).toBe('made');
  });

  it('take no more room than they are given', () => {
    const answers = new SignedAnswers(3);
    for (let topicId = 1; topicId <= 10; topicId++) answers.of({ ...asked, topicId }, () => 'made');
    expect(answers.size).toBe(3);
    expect(answers.of({ ...asked, topicId: 8 }, () => 'made anew')).toBe('made');
    expect(answers.of({ ...asked, topicId: 7 }, () => 'made anew')).toBe('made anew');
  });
});
