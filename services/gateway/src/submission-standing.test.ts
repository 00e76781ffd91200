import { GetSubmissionResponse, SubmissionKind } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { Receipt, SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochOutcome, EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { describe, expect, it } from 'vitest';
import type { EpochFacts } from './proto';
import { standingOf } from './submission-standing';
import { submissionView } from './submission-view';

const params = { maxActiveInferers: 2, maxActiveForecasters: 1, maxActiveReputers: 3 };
const inference = NetworkInference.fromPartial({
  mode: InferenceMode.WEIGHTED,
  inferers: [{ inferer: 'in' }],
  passiveInferers: [{ worker: 'out', rank: 3, emaScore: -1.5 }],
  passiveForecasters: [{ worker: 'out', rank: 2, emaScore: 0 }],
  // Accepted, though without a forecast-implied inference.
  forecasts: [{ forecaster: 'in' }],
  params,
});
const dropped = [{ field: 'inferers', worker: 'x', reason: 'UNKNOWN_WORKER' }];
const scores = EpochScores.fromPartial({
  outcome: EpochOutcome.SCORED,
  reputers: [{ reputer: 'in', score: 1 }, { reputer: 'out' }],
  findings: [
    { reputer: 'in', dropped, droppedCount: 7 },
    { reputer: 'out', reason: 'NOT_ACTIVE', rank: 4, emaScore: 5 },
    { reputer: 'poor', reason: 'STAKE_BELOW_MINIMUM' },
  ],
  params,
});

function view(
  kind: SubmissionKind,
  author: string,
  facts: Omit<EpochFacts, 'phases'>,
  state = SubmissionState.IN_SET,
) {
  const receipt = Receipt.fromPartial({ hash: 'ab', author });
  const {
    state: told,
    reason,
    rank,
    emaScore,
    activeLimit,
    dropped: left,
    droppedCount,
  } = submissionView('ab', standingOf({ kind, receipt, state, supersededBy: '' }, { phases: {}, ...facts }));
  return { state: told, reason, rank, emaScore, activeLimit, dropped: left.length, droppedCount };
}
const plain = { reason: null, rank: null, emaScore: null, activeLimit: null, dropped: 0, droppedCount: 0 };

describe('the standing of a submission', () => {
  const { INFERENCE, FORECAST, LOSS } = SubmissionKind;

  it.each([
    [INFERENCE, { scores }],
    [FORECAST, { scores }],
    [LOSS, { inference }],
  ])('of kind %s is open until its own result is known', (kind, facts) => {
    expect(view(kind, 'in', facts)).toEqual({ ...plain, state: 'in_set' });
  });

  it.each([INFERENCE, FORECAST])('of kind %s is active with its author', (kind) => {
    expect(view(kind, 'in', { inference })).toEqual({ ...plain, state: 'active' });
  });

  it.each([SubmissionKind.INFERENCE_COMMITMENT, SubmissionKind.FORECAST_COMMITMENT])(
    'of kind %s says nothing of the value that was committed to',
    (kind) => {
      for (const author of ['in', 'out', 'else'])
        expect(view(kind, author, { inference, scores })).toEqual({ ...plain, state: 'in_set' });
    },
  );

  it('says by what rank its author was left out', () => {
    const left = { ...plain, state: 'not_active', reason: 'SORTITION_RANK' };
    const byRank = (kind: SubmissionKind) => view(kind, 'out', { inference, scores });
    expect(byRank(INFERENCE)).toEqual({ ...left, rank: 3, emaScore: -1.5, activeLimit: 2 });
    expect(byRank(FORECAST)).toEqual({ ...left, rank: 2, emaScore: 0, activeLimit: 1 });
    expect(byRank(LOSS)).toEqual({ ...left, rank: 4, emaScore: 5, activeLimit: 3 });
  });

  it('tells of a bundle what was left out', () => {
    expect(view(LOSS, 'in', { scores })).toEqual({ ...plain, state: 'active', dropped: 1, droppedCount: 7 });
    const reasonOf = (author: string, change: Partial<EpochScores> = {}) =>
      view(LOSS, author, { scores: { ...scores, ...change } }).reason;
    expect(reasonOf('poor')).toBe('STAKE_BELOW_MINIMUM');
    expect(reasonOf('untold')).toBe('NOT_TOLD');
    expect(reasonOf('in', { outcome: EpochOutcome.NO_LOSSES })).toBe('NO_CONSENSUS');
    expect(reasonOf('in', { outcome: EpochOutcome.NO_INFERENCES })).toBe('NO_INFERENCES');
  });

  it('has a reason where no rank is', () => {
    const none = NetworkInference.fromPartial({ mode: InferenceMode.NONE, params });
    const reasonOf = (kind: SubmissionKind, of: NetworkInference) =>
      view(kind, 'else', { inference: of }).reason;
    expect(reasonOf(INFERENCE, inference)).toBe('NOT_FINITE');
    expect(reasonOf(INFERENCE, none)).toBe('NOT_FINITE');
    expect(reasonOf(FORECAST, inference)).toBe('NO_ACTIVE_INFERER');
    expect(reasonOf(FORECAST, none)).toBe('NO_INFERENCES');
  });

  it('does not hang on results when it is not in the set', () => {
    const { ACCEPTED, LATE, SUPERSEDED } = SubmissionState;
    const states = [ACCEPTED, LATE, SUPERSEDED].map(
      (state) => view(INFERENCE, 'out', { inference }, state).state,
    );
    expect(states).toEqual(['accepted', 'late', 'superseded']);
  });

  it('survives the wire', () => {
    const receipt = Receipt.fromPartial({ hash: 'ab', author: 'out' });
    const answer = standingOf(
      { kind: INFERENCE, receipt, state: SubmissionState.IN_SET, supersededBy: '' },
      { phases: {}, inference },
    );
    expect(GetSubmissionResponse.decode(GetSubmissionResponse.encode(answer).finish())).toEqual(answer);
  });
});
