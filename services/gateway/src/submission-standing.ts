import {
  GetSubmissionResponse,
  SubmissionKind,
  SubmissionStanding,
} from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochOutcome, type EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import {
  InferenceMode,
  type NetworkInference,
  type PassiveWorker,
} from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { EpochFacts } from './proto';
import type { FoundSubmission } from './submission-lookup';

type Standing = Partial<
  Pick<
    GetSubmissionResponse,
    'standing' | 'reason' | 'rank' | 'emaScore' | 'activeLimit' | 'dropped' | 'droppedCount'
  >
>;

const onLog: Readonly<Record<SubmissionState, SubmissionStanding>> = {
  [SubmissionState.UNSPECIFIED]: SubmissionStanding.UNSPECIFIED,
  [SubmissionState.ACCEPTED]: SubmissionStanding.ACCEPTED,
  [SubmissionState.IN_SET]: SubmissionStanding.IN_SET,
  [SubmissionState.LATE]: SubmissionStanding.LATE,
  [SubmissionState.SUPERSEDED]: SubmissionStanding.SUPERSEDED,
};

const IN_SET: Standing = { standing: SubmissionStanding.IN_SET };
const ACTIVE: Standing = { standing: SubmissionStanding.ACTIVE };
const notActive = (reason: string, more: Standing = {}): Standing => ({
  standing: SubmissionStanding.NOT_ACTIVE,
  reason,
  ...more,
});

/** What its ingest service says of a submission, with what the epoch's results have made of it once they are known. */
export function standingOf(found: FoundSubmission, facts: EpochFacts): GetSubmissionResponse {
  const { kind, receipt, state, supersededBy } = found;
  const standing = state === SubmissionState.IN_SET ? inResults(found, facts) : { standing: onLog[state] };
  return GetSubmissionResponse.fromPartial({ kind, receipt, supersededBy, ...standing });
}

function inResults({ kind, receipt: { author } }: FoundSubmission, facts: EpochFacts): Standing {
  const { inference, scores } = facts;
  switch (kind) {
    case SubmissionKind.INFERENCE:
      return inference ? ofInference(author, inference) : IN_SET;
    case SubmissionKind.FORECAST:
      return inference ? ofForecast(author, inference) : IN_SET;
    case SubmissionKind.LOSS:
      return scores ? ofLosses(author, scores) : IN_SET;
    default:
      // A commitment: results are made of values.
      return IN_SET;
  }
}

function ofInference(author: string, { inferers, passiveInferers, params }: NetworkInference): Standing {
  if (inferers.some(({ inferer }) => inferer === author)) return ACTIVE;
  // Whoever is in the set and in neither list gave a value beyond the range of doubles.
  return leftOutByRank(author, passiveInferers, params?.maxActiveInferers) ?? notActive('NOT_FINITE');
}

function ofForecast(author: string, inference: NetworkInference): Standing {
  const { mode, forecasts, passiveForecasters, params } = inference;
  if (mode === InferenceMode.NONE) return notActive('NO_INFERENCES');
  if (forecasts.some(({ forecaster }) => forecaster === author)) return ACTIVE;
  return (
    leftOutByRank(author, passiveForecasters, params?.maxActiveForecasters) ?? notActive('NO_ACTIVE_INFERER')
  );
}

function leftOutByRank(
  author: string,
  passive: readonly PassiveWorker[],
  activeLimit: number | undefined,
): Standing | undefined {
  const entry = passive.find(({ worker }) => worker === author);
  return entry && notActive('SORTITION_RANK', { rank: entry.rank, emaScore: entry.emaScore, activeLimit });
}

function ofLosses(author: string, { outcome, findings, reputers, params }: EpochScores): Standing {
  if (outcome === EpochOutcome.NO_INFERENCES) return notActive('NO_INFERENCES');
  const finding = findings.find(({ reputer }) => reputer === author);
  const left = { dropped: finding?.dropped ?? [], droppedCount: finding?.droppedCount ?? 0 };
  if (finding?.reason === 'NOT_ACTIVE') {
    const { rank, emaScore } = finding;
    return notActive('SORTITION_RANK', { rank, emaScore, activeLimit: params?.maxActiveReputers, ...left });
  }
  if (finding && finding.reason !== '') return notActive(finding.reason, left);
  // Of very many bundles that do not count not all are told.
  if (!reputers.some(({ reputer }) => reputer === author)) return notActive('NOT_TOLD');
  return outcome === EpochOutcome.SCORED ? { ...ACTIVE, ...left } : notActive('NO_CONSENSUS', left);
}
