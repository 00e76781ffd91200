import { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { describe, expect, it } from 'vitest';
import { checkIngest } from './check-ingest';
import type { IngestState, Logged, SetPart } from './final-state';
import type { Answer, Intent, Submission } from './history';

const TOPIC = 3;
const NONCE = 11;
const proves = ({ acceptedAtMs }: Receipt) => acceptedAtMs === 7;
const WINDOW = { openedMs: 1_000, closingMs: 5_000 };

interface Sent {
  readonly hash: string;
  readonly author?: string;
  readonly intent?: Intent;
  readonly answers: readonly Answer[];
  readonly atMs?: number;
}

const receipt = (hash: string, author: string, offset: number, acceptedAtMs = 7): Answer => ({
  kind: 'receipt',
  receipt: Receipt.fromPartial({
    hash,
    author,
    topicId: TOPIC,
    nonce: NONCE,
    logOffset: offset,
    acceptedAtMs,
  }),
});
const refused = (code: string): Answer => ({ kind: 'refused', code, detail: '' });
const lost: Answer = { kind: 'lost', reason: 'cut' };

const sent = ({ hash, author = 'ann', intent = 'honest', answers, atMs = 2_000 }: Sent): Submission => ({
  ...{ log: 'inference', topicId: TOPIC, nonce: NONCE, author, hash, intent },
  attempts: answers.map((answer, n) => ({
    ...{ sentAtMs: atMs + 10 * n, answeredAtMs: atMs + 10 * n + 5 },
    ...{ via: 'rest', replica: `inference-ingest-${(n % 2) + 1}`, answer },
  })),
});

const at = (offset: number, submission?: { author: string; hash: string }): Logged => ({
  ...{ partition: 0, offset, index: 0, topicId: TOPIC, nonce: NONCE },
  ...(submission ? { submission } : {}),
});
const set = (...members: SetPart['members']): SetPart => ({
  ...{ topicId: TOPIC, nonce: NONCE, part: 0, parts: 1, members },
});

/** Ann is in the set, Bob came behind the seal. */
const good = {
  submissions: [
    sent({ hash: 'a1', answers: [lost, receipt('a1', 'ann', 0), receipt('a1', 'ann', 0)] }),
    sent({ hash: 'b1', author: 'bob', answers: [refused('UNAVAILABLE'), receipt('b1', 'bob', 2)] }),
  ],
  state: {
    log: 'inference',
    logged: [at(0, { author: 'ann', hash: 'a1' }), at(1), at(2, { author: 'bob', hash: 'b1' })],
    sets: [set({ author: 'ann', hash: 'a1' })],
    closed: [{ topicId: TOPIC, nonce: NONCE }],
    statuses: [
      { hash: 'a1', replica: 'inference-ingest-1', state: 'in_set', partition: 0, offset: 0, index: 0 },
      { hash: 'b1', replica: 'inference-ingest-2', state: 'late', partition: 0, offset: 2, index: 0 },
    ],
  } satisfies IngestState,
};

function rulesOf(
  change: { submissions?: readonly Submission[]; state?: Partial<IngestState> } = {},
): string[] {
  const submissions = change.submissions ?? good.submissions;
  const { violations } = checkIngest(submissions, { ...good.state, ...change.state }, () => WINDOW, proves);
  return [...new Set(violations.map(({ rule }) => rule))].sort();
}

const ann = (hash: string) => ({ author: 'ann', hash });
const alsoSent = (...more: Submission[]) => ({ submissions: [...good.submissions, ...more] });

describe('the check of submissions', () => {
  it('finds nothing wrong with a run in which nothing was', () => {
    const verdict = checkIngest(good.submissions, good.state, () => WINDOW, proves);
    expect(verdict).toEqual({ violations: [], accepted: 2, late: 1, superseded: 0, refused: 0, inSets: 1 });
  });

  it('lets another submission of the author stand before one that was accepted too', () => {
    const rival = sent({ hash: 'a2', intent: 'conflict', answers: [receipt('a2', 'ann', 4)] });
    const logged = [good.state.logged[0]!, { ...at(4, { author: 'ann', hash: 'a2' }) }, { ...at(5) }];
    const submissions = [good.submissions[0]!, rival];
    const state = { ...good.state, logged, statuses: [] };
    expect(checkIngest(submissions, state, () => WINDOW, proves)).toMatchObject({
      violations: [],
      superseded: 1,
    });
  });

  it.each([
    ['in a window that is open still', { closed: [] }],
    ['behind the seal, where both are late', { logged: [at(0), at(1, ann('a1')), at(2, ann('a2'))] }],
  ])('lets it do so also %s', (_, change) => {
    const rival = sent({ hash: 'a2', intent: 'conflict', answers: [receipt('a2', 'ann', 2)] });
    const first = sent({ hash: 'a1', answers: [receipt('a1', 'ann', 1)] });
    const logged = [at(1, ann('a1')), at(2, ann('a2'))];
    const state = { ...good.state, logged, sets: [], statuses: [], closed: [], ...change };
    const { superseded } = checkIngest([first, rival], state, () => WINDOW, proves);
    expect(superseded).toBe(1);
  });

  it.each<[string, Parameters<typeof rulesOf>[0], string[]]>([
    [
      'a receipt for what is nowhere',
      alsoSent(sent({ hash: 'c1', author: 'cat', answers: [receipt('c1', 'cat', 9)] })),
      ['LOST', 'NOT_ON_LOG'],
    ],
    [
      'a set without one that stands before the seal',
      { state: { sets: [set()], statuses: [] } },
      ['LOST', 'SET_NOT_OF_LOG'],
    ],
    [
      'a set with one that stands behind the seal',
      { state: { sets: [set({ author: 'ann', hash: 'a1' }, { author: 'bob', hash: 'b1' })], statuses: [] } },
      ['SET_NOT_OF_LOG'],
    ],
    [
      'a member twice',
      { state: { sets: [set({ author: 'ann', hash: 'a1' }, { author: 'ann', hash: 'a1' })] } },
      ['AUTHOR_TWICE', 'IN_SETS_TWICE', 'SET_NOT_OF_LOG'],
    ],
    ['a closed window without a set', { state: { sets: [], statuses: [] } }, ['LOST', 'NO_SET']],
    ['a set published twice', { state: { sets: [good.state.sets[0]!, set()] } }, ['SET_TWICE']],
    [
      'a member that nobody sent',
      { submissions: good.submissions.slice(1), state: { statuses: [] } },
      ['NEVER_SENT'],
    ],
    [
      'a member of another nonce',
      {
        submissions: [{ ...good.submissions[0]!, nonce: 21 }, good.submissions[1]!],
        state: { statuses: [] },
      },
      ['WRONG_SET'],
    ],
    [
      'a member that was only ever refused',
      {
        submissions: [
          sent({ hash: 'a1', answers: [refused('WINDOW_CLOSED')], atMs: 6_000 }),
          good.submissions[1]!,
        ],
        state: { statuses: [] },
      },
      ['REFUSED_IN_SET'],
    ],
    [
      'two receipts for the same bytes',
      {
        submissions: [
          sent({ hash: 'a1', answers: [receipt('a1', 'ann', 0), receipt('a1', 'ann', 1)] }),
          good.submissions[1]!,
        ],
      },
      ['RECEIPT_CHANGED'],
    ],
    [
      'a receipt that the network did not sign',
      {
        submissions: [sent({ hash: 'a1', answers: [receipt('a1', 'ann', 0, 8)] }), good.submissions[1]!],
      },
      ['NO_PROOF'],
    ],
    [
      'a refusal while the window was open',
      alsoSent(sent({ hash: 'd1', author: 'dan', answers: [refused('WINDOW_CLOSED')] })),
      ['REFUSAL_UNFIT'],
    ],
    [
      'a conflict with nothing',
      alsoSent(sent({ hash: 'd1', author: 'dan', answers: [refused('CONFLICTING_REPEAT')] })),
      ['REFUSAL_UNFIT'],
    ],
    [
      'a failure without a reason',
      alsoSent(sent({ hash: 'd1', author: 'dan', answers: [refused('INTERNAL')] })),
      ['REFUSAL_UNFIT'],
    ],
    [
      'the wrong reason for a bad signature',
      alsoSent(
        sent({ hash: 'd1', author: 'dan', intent: 'bad_signature', answers: [refused('NOT_REGISTERED')] }),
      ),
      ['REFUSAL_UNFIT'],
    ],
    [
      'a bad signature that was accepted',
      {
        submissions: [
          sent({ hash: 'a1', intent: 'bad_signature', answers: [receipt('a1', 'ann', 0)] }),
          good.submissions[1]!,
        ],
      },
      ['ACCEPTED_WRONGLY'],
    ],
    [
      'a replica that disagrees',
      {
        state: {
          statuses: [
            { hash: 'a1', replica: 'inference-ingest-2', state: 'late', partition: 0, offset: 0, index: 0 },
          ],
        },
      },
      ['STATUS_WRONG'],
    ],
    [
      'a replica that names another place',
      {
        state: {
          statuses: [
            { hash: 'a1', replica: 'inference-ingest-2', state: 'in_set', partition: 0, offset: 8, index: 0 },
          ],
        },
      },
      ['STATUS_PLACE'],
    ],
  ])('finds %s', (_, change, rules) => {
    expect(rulesOf(change)).toEqual(rules);
  });

  it('forgives a refusal at the edge of the window', () => {
    const late = sent({ hash: 'd1', author: 'dan', answers: [refused('WINDOW_CLOSED')], atMs: 4_998 });
    const early = sent({ hash: 'e1', author: 'eve', answers: [refused('WINDOW_CLOSED')], atMs: 1_002 });
    expect(rulesOf(alsoSent(late, early))).toEqual([]);
  });
});
