import { epochOutcomeToJSON } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { RolePayment } from '@allora/protocol/epoch/epoch-payout';
import type { WorkedRole } from '@allora/protocol/explain/worked-epoch';
import type { MaybeNumber, Row } from '@allora/protocol/regret/regret-table';
import type { SimulatedPayout } from './simulated-payout';

/** One side of the comparison: the epoch as a whole. */
export function epochSide({ epoch, scores, payout }: SimulatedPayout) {
  const { inference } = epoch;
  const core = payout.kind === 'paid' ? payout.core : null;
  return {
    inference: inference && {
      mode: inference.mode,
      combined: inference.combined,
      naive: inference.naive,
      confidenceValues: inference.confidenceValues,
    },
    losses: epoch.scored.result && {
      combined: epoch.scored.result.network.combined,
      naive: epoch.scored.result.network.naive,
    },
    outcome: epochOutcomeToJSON(scores.outcome),
    rewards: {
      result: payout.kind,
      chi: core?.chi ?? null,
      gamma: core?.gamma ?? null,
      inferenceTaskRewardUallo: core?.inferenceTaskReward ?? 0,
      forecastingTaskRewardUallo: core?.forecastingTaskReward ?? 0,
      reputationTaskRewardUallo: core?.reputerTaskReward ?? 0,
      paidUallo: payments(payout).reduce((sum, p) => sum + p.amountUallo + p.delegatorsUallo, 0n),
    },
  };
}

export type EpochSide = ReturnType<typeof epochSide>;

/** What a side says of one participant in one role. */
interface Standing {
  readonly weight: number | null;
  /** Own log10 loss; null for reputers. */
  readonly loss: number | null;
  readonly oneOutLoss: number | null;
  readonly score: number | null;
  /** Of reputers alone. */
  readonly listeningCoefficient: number | null;
  readonly amountUallo: bigint;
  readonly delegatorsUallo: bigint;
}

interface Participant extends Standing {
  readonly participant: string;
  readonly role: WorkedRole;
}

const payments = (payout: SimulatedPayout['payout']): readonly RolePayment[] =>
  payout.kind === 'paid' ? payout.payments : [];

/** Everyone of both sides, by role and then in the order of the actual epoch, with what changes for each. */
export function compareParticipants(actual: SimulatedPayout, simulated: SimulatedPayout) {
  const after = new Map(participants(simulated).map((one) => [`${one.role}:${one.participant}`, one]));
  return participants(actual).map(({ participant, role, ...was }) => {
    const found = after.get(`${role}:${participant}`);
    const is = found ? standingOf(found) : null;
    return {
      participant,
      role,
      actual: was,
      simulated: is,
      difference: {
        score: difference(is?.score ?? null, was.score),
        amountUallo: (is?.amountUallo ?? 0n) - was.amountUallo,
        delegatorsUallo: (is?.delegatorsUallo ?? 0n) - was.delegatorsUallo,
      },
    };
  });
}

const standingOf = ({ participant: _participant, role: _role, ...standing }: Participant): Standing =>
  standing;

export const difference = (now: MaybeNumber, before: MaybeNumber): MaybeNumber =>
  now === null || before === null ? null : now - before;

function participants({ epoch, payout }: SimulatedPayout): Participant[] {
  const { inference, scored } = epoch;
  const { network, scores } = scored.result ?? {};
  const paid = new Map(payments(payout).map((one) => [`${one.role}:${one.participant}`, one]));
  const implied = new Map(epoch.forecasters.map((id, k) => [id, inference?.forecasterWeights?.[k] ?? null]));
  const one = (role: WorkedRole, participant: string, standing: Partial<Standing>): Participant => ({
    participant,
    role,
    ...{ weight: null, loss: null, oneOutLoss: null, score: null, listeningCoefficient: null },
    ...standing,
    amountUallo: paid.get(`${role}:${participant}`)?.amountUallo ?? 0n,
    delegatorsUallo: paid.get(`${role}:${participant}`)?.delegatorsUallo ?? 0n,
  });
  const at = (row: Row | null | undefined, i: number): MaybeNumber => row?.[i] ?? null;
  return [
    ...epoch.inferers.map((id, j) =>
      one('inferer', id, {
        weight: at(inference?.infererWeights, j),
        loss: at(network?.inferer, j),
        oneOutLoss: at(network?.oneOutInferer, j),
        score: at(scores?.infererScores, j),
      }),
    ),
    ...epoch.scoredForecasters.map((id, k) =>
      one('forecaster', id, {
        weight: implied.get(id) ?? null,
        loss: at(network?.forecaster, k),
        oneOutLoss: at(network?.oneOutForecaster, k),
        score: at(scores?.forecasterScores, k),
      }),
    ),
    ...epoch.reputers.map((id, m) =>
      one('reputer', id, {
        score: at(scores?.reputerScores, m),
        listeningCoefficient: at(scores?.listeningCoefficients, m),
      }),
    ),
  ];
}
