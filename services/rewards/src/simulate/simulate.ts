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
import type { PastEpoch } from '../explain/past-epochs.store';
import { actualEpoch } from './recheck-simulation';
import type { SimulateQuestion } from './simulate-form';
import { paySimulated, type SimulatedPayout } from './simulated-payout';
import { compareParticipants, difference, epochSide } from './simulation-view';

export interface Simulation {
  readonly past: PastEpoch;
  readonly inputs: PastInputs;
  readonly told: ToldInference;
  readonly lossMethod: string;
}

/** Regrets that are computed with at once: those of 500 inferers. Larger epochs would keep everyone else waiting. */
const REGRETS_MAX = 250_000;

/** The answer of POST /v1/simulate/epoch: a past epoch beside itself with something changed. */
export function simulate({ past, inputs, told, lossMethod }: Simulation, question: SimulateQuestion) {
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

function requireSize({ synthesis }: PastInputs): void {
  const [J, K] = [synthesis.inferers.length, synthesis.forecasters.length];
  const regrets = (J + K) ** 2;
  if (regrets <= REGRETS_MAX) return;
  const detail = `the epoch has ${regrets} regrets; those with at most ${REGRETS_MAX} are computed again`;
  throw new RefusalError('TOO_LARGE', detail, { regrets, most: REGRETS_MAX });
}

function requireKnown({ synthesis, reports }: PastInputs, { without, stakes }: SimulateQuestion): void {
  const known = new Set([...synthesis.inferers, ...synthesis.forecasters, ...reports.reputers]);
  const stranger = without.find((address) => !known.has(address));
  const notReputer = Object.keys(stakes).find((address) => !reports.reputers.includes(address));
  const address = stranger ?? notReputer;
  if (address === undefined) return;
  const role = stranger === undefined ? 'no losses of it count' : 'it was not active';
  throw new RefusalError('UNKNOWN_PARTICIPANT', `${address}: ${role} in the epoch`, { address });
}
