import type { ParticipantStanding } from '@allora/store/gen/prisma/client';
import { type EpochFacts, standingRole, type StandingRole } from './proto';

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

/** Where the participant stands in one role of one topic. */
export const standingView = (standing: ParticipantStanding) => ({
  topicId: Number(standing.topicId),
  role: standing.role,
  lastNonce: Number(standing.lastNonce),
  weight: standing.weight,
  weightShare: standing.weightShare,
  weightNonce: numberOrNull(standing.weightNonce),
  score: standing.score,
  scoreNonce: numberOrNull(standing.scoreNonce),
  emaScore: standing.emaScore,
  listeningCoefficient: standing.listeningCoefficient,
  paidUallo: standing.paidUallo.toFixed(0),
  paidEpochs: standing.paidEpochs,
});

interface ParticipantEpoch {
  readonly topicId: number;
  readonly nonce: number;
  readonly role: StandingRole;
  readonly score: number | null;
  readonly emaScore: number | null;
  readonly fraction: number | null;
  readonly paidUallo: string;
}

/** How an epoch went for the participant, by role. */
export function participantEpochs(
  address: string,
  topicId: number,
  nonce: number,
  { scores, rewards }: EpochFacts,
): ParticipantEpoch[] {
  const scored = {
    inferer: scores?.inferers.find(({ participant }) => participant === address),
    forecaster: scores?.forecasters.find(({ participant }) => participant === address),
    reputer: scores?.reputers.find(({ reputer }) => reputer === address),
  };
  return (['inferer', 'forecaster', 'reputer'] as const).flatMap((role) => {
    const payment = rewards?.payments.find((p) => p.participant === address && standingRole(p.role) === role);
    const entry = scored[role];
    if (!entry && !payment) return [];
    return [
      {
        topicId,
        nonce,
        role,
        score: entry?.score ?? null,
        emaScore: entry?.emaScore ?? null,
        fraction: payment?.fraction ?? null,
        paidUallo: payment?.amountUallo ?? '0',
      },
    ];
  });
}
