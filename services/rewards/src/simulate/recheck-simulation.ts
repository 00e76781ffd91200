import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { NetworkInference as ToldInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { NO_CHANGE, type PastEpoch as PastInputs, simulateEpoch } from '@allora/protocol/explain/what-if';
import type { PastEpoch } from '../explain/past-epochs.store';
import { epochRewardsOf } from '../proto';
import { paySimulated, type SimulatedPayout } from './simulated-payout';

/**
 * The epoch with nothing changed, which must be what it was to the bit: else its stored inputs are not those it was computed from, or
 * the rules are other ones by now, and an answer would compare two different things.
 */
export function actualEpoch(past: PastEpoch, inputs: PastInputs, told: ToldInference): SimulatedPayout {
  const { topicId, nonce } = past.settled.scores;
  const insist = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`epoch ${topicId}:${nonce} computed again has ${what}`);
  };
  const again = simulateEpoch(inputs, NO_CHANGE);
  if (again.kind !== 'simulated') throw new Error(`epoch ${topicId}:${nonce} needs a truth without a change`);
  const actual = paySimulated(past, again, new Map());
  const { inference } = again;
  insist((inference?.combined ?? 0) === told.combined, 'another inference');
  insist((inference?.naive ?? 0) === told.naive, 'another naive inference');
  insist(
    told.inferers.every(({ weight }, j) => inference?.infererWeights?.[j] === weight),
    'other weights',
  );
  insist(sameScores(actual, past), 'other scores');
  const { scores, rewards } = past.settled;
  const paid = epochRewardsOf(scores, actual.payout, past.setAside.amountUallo);
  insist(
    Buffer.from(EpochRewards.encode(paid).finish()).equals(EpochRewards.encode(rewards).finish()),
    'other rewards',
  );
  return actual;
}

/** Those who had a score, their scores, and the losses they were paid by. */
function sameScores({ scores }: SimulatedPayout, { settled }: PastEpoch): boolean {
  const told = settled.scores;
  const listed = (list: readonly { readonly score?: number | undefined; readonly id: string }[]) =>
    JSON.stringify(list.filter(({ score }) => score !== undefined).map(({ id, score }) => [id, score]));
  const workers = (list: typeof told.inferers) =>
    listed(list.map(({ participant: id, score }) => ({ id, score })));
  const reputers = (list: typeof told.reputers) =>
    listed(list.map(({ reputer: id, score }) => ({ id, score })));
  return (
    scores.outcome === told.outcome &&
    scores.combinedLoss === told.combinedLoss &&
    scores.naiveLoss === told.naiveLoss &&
    workers(scores.inferers) === workers(told.inferers) &&
    workers(scores.forecasters) === workers(told.forecasters) &&
    reputers(scores.reputers) === reputers(told.reputers)
  );
}
