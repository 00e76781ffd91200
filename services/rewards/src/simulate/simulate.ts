import { RefusalError } from '@allora/contracts/errors';
import type { NetworkInference as ToldInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { stakeInAllo } from '@allora/protocol/epoch/score-reports';
import { isSquaredError } from '@allora/protocol/explain/loss-method';
import {
  type EpochChange,
  type PastEpoch as PastInputs,
  simulateEpoch,
  type SimulatedEpoch,
} from '@allora/protocol/explain/what-if';
import { lossColumns } from '@allora/protocol/loss/loss-table';
import type { SimulationQuestion } from '@allora/public-api/routes/past-epochs';
import type { PastEpoch } from '../explain/past-epochs.store';
import { actualEpoch } from './recheck-simulation';
import { paySimulated, type SimulatedPayout } from './simulated-payout';
import { compareParticipants, difference, epochSide } from './simulation-view';

export interface Simulation {
  readonly past: PastEpoch;
  readonly inputs: PastInputs;
  readonly told: ToldInference;
  readonly lossMethod: string;
}

/**
 * Most steps of arithmetic, about a quarter of a second of them: those of 32 inferers, 6 forecasters and 6 reputers are 11,000. Larger
 * epochs would keep everyone else waiting.
 */
const STEPS_MAX = 3_000_000;

/** The answer of POST /v1/simulate/epoch: a past epoch beside itself with something changed. */
export function simulate({ past, inputs, told, lossMethod }: Simulation, question: SimulationQuestion) {
  const { topicId, nonce, without, stakes, ...rules } = question;
  requireSize(inputs);
  requireKnown(inputs, question);
  const actual = actualEpoch(past, inputs, told);
  const change: EpochChange = {
    without: new Set(without),
    pNorm: rules.pNorm,
    stakes: new Map(Object.entries(stakes).map(([reputer, uallo]) => [reputer, stakeInAllo(uallo)])),
  };
  const epoch = changedEpoch(inputs, change, lossMethod);
  const moved = new Map(Object.entries(stakes).map(([reputer, uallo]) => [reputer, BigInt(uallo)]));
  const simulated = paySimulated(past, epoch, moved);
  return {
    topicId,
    nonce,
    change: { without, pNorm: rules.pNorm ?? null, stakes },
    emissionUallo: past.setAside.amountUallo,
    recoveredTruth: truthView(epoch, lossMethod),
    actual: epochSide(actual),
    simulated: epochSide(simulated),
    difference: epochDifference(actual, simulated),
    participants: compareParticipants(actual, simulated),
    notes: NOTES,
  };
}

/** What a question leaves as it was. */
const NOTES = [
  'Regrets, listening coefficients, smoothed fractions and score windows are those that the epoch found; what earlier epochs would have been is not asked.',
  'Who was passive in the epoch stays passive, also where somebody active is left out.',
  'What was set aside for the epoch stays the same.',
  'Losses are computed by the method that the topic has now.',
  'Fees that were kept back from rewards are not considered.',
];

function changedEpoch(inputs: PastInputs, change: EpochChange, lossMethod: string): SimulatedEpoch {
  const answer = simulateEpoch(inputs, change);
  const needsTruth = answer.kind === 'truth_unknown' || answer.truths.length > 0;
  if (needsTruth && !isSquaredError(lossMethod)) {
    const detail = `values change whose losses nobody reported, and losses of method "${lossMethod}" cannot be computed`;
    throw new RefusalError('UNKNOWN_LOSS_METHOD', detail, { lossMethod });
  }
  if (answer.kind === 'simulated') return answer;
  const { reputer, reason } = answer;
  const why = reason === 'ambiguous' ? 'more than one ground truth explains' : 'no ground truth explains';
  throw new RefusalError('TRUTH_NOT_RECOVERABLE', `${why} the losses that ${reputer} reported`, {
    reputer,
    reason,
  });
}

function truthView({ truths }: SimulatedEpoch, lossMethod: string) {
  if (truths.length === 0) return null;
  return {
    lossMethod,
    how:
      'Losses are log10 of the squared error, so that the losses a reputer reported of the inferences and of their combination tell ' +
      'its ground truth; the losses of values that changed are computed from it, all others are those reported.',
    reputers: truths,
  };
}

function epochDifference(actual: SimulatedPayout, simulated: SimulatedPayout) {
  const [was, is] = [actual.epoch, simulated.epoch];
  const [before, now] = [was.scored.result?.network, is.scored.result?.network];
  const [wasPaid, isPaid] = [epochSide(actual).rewards.paidUallo, epochSide(simulated).rewards.paidUallo];
  return {
    combined: difference(is.inference?.combined ?? null, was.inference?.combined ?? null),
    naive: difference(is.inference?.naive ?? null, was.inference?.naive ?? null),
    combinedLoss: difference(now?.combined ?? null, before?.combined ?? null),
    naiveLoss: difference(now?.naive ?? null, before?.naive ?? null),
    paidUallo: isPaid - wasPaid,
  };
}

/** Regrets each enter once; the consensus looks at every loss once for each pair of reputers. */
function requireSize({ synthesis, reports }: PastInputs): void {
  const [J, K] = [synthesis.inferers.length, synthesis.forecasters.length];
  const steps = (J + K) ** 2 + lossColumns(J, K).count * reports.reputers.length ** 2;
  if (steps <= STEPS_MAX) return;
  const detail = `the epoch takes ${steps} steps to compute; at most ${STEPS_MAX} are taken`;
  throw new RefusalError('TOO_LARGE', detail, { steps, most: STEPS_MAX });
}

function requireKnown({ synthesis, reports }: PastInputs, { without, stakes }: SimulationQuestion): void {
  const known = new Set([...synthesis.inferers, ...synthesis.forecasters, ...reports.reputers]);
  const stranger = without.find((address) => !known.has(address));
  const notReputer = Object.keys(stakes).find((address) => !reports.reputers.includes(address));
  const address = stranger ?? notReputer;
  if (address === undefined) return;
  const role = stranger === undefined ? 'no losses of it count' : 'it was not active';
  throw new RefusalError('UNKNOWN_PARTICIPANT', `${address}: ${role} in the epoch`, { address });
}
