import { ProtocolError } from '../errors';
import type { Row } from '../regret/regret-table';
import { truncateToBigint } from '../uallo';
import type { EpochRewards } from './participant-rewards';

/** Whole uallo, aligned with the ids of the epoch; 0 where nothing is due. */
export interface Payouts {
  readonly inferersUallo: readonly bigint[];
  readonly forecastersUallo: readonly bigint[];
  readonly reputersUallo: readonly bigint[];
  /** Due to all delegators of each reputer together. */
  readonly delegatorsUallo: readonly bigint[];
  readonly totalUallo: bigint;
  /** What truncation left over: `topicRewardUallo - totalUallo`, never negative. */
  readonly dustUallo: bigint;
}

/**
 * Truncates an epoch's rewards to whole uallo (section 9). Doubles of large rewards are coarser than one uallo, so the
 * parts may exceed the whole by a few of their last digits: the largest payout gives up that excess.
 */
export function payouts(rewards: EpochRewards, topicRewardUallo: bigint): Payouts {
  if (topicRewardUallo < 0n) {
    throw new ProtocolError(
      'INVALID_AMOUNT',
      'the topic reward is negative; pay only what the treasury holds',
    );
  }
  const roles = [
    rewards.infererRewards,
    rewards.forecasterRewards,
    rewards.reputerRewards,
    rewards.delegatorRewards,
  ].map(truncateRow);
  let totalUallo = roles.flat().reduce((total, amount) => total + amount, 0n);
  while (totalUallo > topicRewardUallo) totalUallo -= giveUp(roles, totalUallo - topicRewardUallo);
  const [inferersUallo, forecastersUallo, reputersUallo, delegatorsUallo] = roles;
  return {
    inferersUallo: inferersUallo!,
    forecastersUallo: forecastersUallo!,
    reputersUallo: reputersUallo!,
    delegatorsUallo: delegatorsUallo!,
    totalUallo,
    dustUallo: topicRewardUallo - totalUallo,
  };
}

function truncateRow(row: Row): bigint[] {
  return row.map((reward) => (reward === null ? 0n : truncateToBigint(reward)));
}

/** Lowers the largest payout (the first of equals) by up to `excess` (> 0); returns by how much. */
function giveUp(roles: bigint[][], excess: bigint): bigint {
  const largest = roles.flat().reduce((most, amount) => (amount > most ? amount : most), 0n);
  const row = roles.find((amounts) => amounts.includes(largest))!;
  const given = excess < largest ? excess : largest;
  row[row.indexOf(largest)] = largest - given;
  return given;
}
