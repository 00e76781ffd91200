import { SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { describe, expect, it } from 'vitest';
import { epochOf, epochTrace } from './epoch-trace';
import { readTraceParent, traceParentOf } from './trace-parent';

describe('epochTrace', () => {
  it('is the same for everyone, and another for each epoch, topic and network', () => {
    const of = (chainId: string, topicId: number, nonce: number) =>
      epochTrace(chainId, { topicId, nonce }).traceId;
    expect(of('a', 1, 2)).toBe(of('a', 1, 2));
    const others = [of('a', 1, 2), of('a', 1, 3), of('a', 2, 2), of('b', 1, 2), of('a', 12, 2)];
    expect(new Set(others).size).toBe(others.length);
    for (const id of others) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('epochOf', () => {
  it('finds the epoch of a fact, of a submission and of a group of them', () => {
    expect(epochOf({ topicId: 3, nonce: 9 })).toEqual({ topicId: 3, nonce: 9 });
    const group = SubmissionRecord.fromPartial({
      record: { $case: 'group', value: { topicId: 3, nonces: [8, 9] } },
    });
    expect(epochOf(group)).toEqual({ topicId: 3, nonce: 8 });
    const seal = SubmissionRecord.fromPartial({ record: { $case: 'seal', value: { topicId: 3, nonce: 8 } } });
    expect(epochOf(seal)).toEqual({ topicId: 3, nonce: 8 });
  });

  it('finds none where there is none', () => {
    for (const message of [{ topicId: 3 }, { id: 3 }, {}, undefined, null, 'text', { record: undefined }])
      expect(epochOf(message)).toBeUndefined();
  });
});

describe('a trace parent', () => {
  const text = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;

  it('is read as it is written', () => {
    expect(traceParentOf(readTraceParent(text)!)).toBe(text);
  });

  it('is none when anything about it is wrong', () => {
    const wrong = [undefined, '', 'x', text.toUpperCase(), text.slice(1), `${text}0`, `ff${text.slice(2)}`];
    const zero = [`00-${'0'.repeat(32)}-${'cd'.repeat(8)}-01`, `00-${'ab'.repeat(16)}-${'0'.repeat(16)}-01`];
    for (const one of [...wrong, ...zero]) expect(readTraceParent(one), one).toBeUndefined();
  });
});
