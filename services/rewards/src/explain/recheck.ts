import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import {
  delegatorRewardsAccount,
  participantAccount,
  stakeAccount,
  TREASURY,
} from '@allora/protocol/economy/accounts';
import type { RolePayment } from '@allora/protocol/epoch/epoch-payout';
import type { Withheld } from '@allora/protocol/explain/explain-payment';
import { entitledUallo } from '@allora/protocol/explain/worked-tasks';
import { type EpochPayout, payEpoch } from '../epoch-payout';
import { epochRewardsOf } from '../proto';
import { rewardStateOf } from '../settled-epochs.store';
import type { PastEpoch } from './past-epochs.store';

/** A past epoch whose stored numbers give, computed once more, exactly what it paid. */
export interface RecheckedEpoch extends PastEpoch {
  readonly payout: EpochPayout;
}

/**
 * Computes a settled epoch once more from what is stored of it. Anything that does not agree to the last uallo and bit with what was
 * told and with what the ledger moved is a fault of the store, and no explanation is given for it.
 */
export function recheckEpoch(past: PastEpoch): RecheckedEpoch {
  const { settled, setAside } = past;
  const { scores, rewards, state, result } = settled;
  const where = `epoch ${scores.topicId}:${scores.nonce}`;
  const insist = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${where} does not add up: ${what}`);
  };
  const emissionUallo = setAside.amountUallo;
  insist(emissionUallo <= entitledUallo(setAside), 'more was set aside than its topic was entitled to');
  insist(emissionUallo === past.reservedUallo, 'the ledger set another amount aside');
  const payout = payEpoch({ scores, state: rewardStateOf(state), emissionUallo });
  insist(payout.kind === result, `it was ${result} and is ${payout.kind}`);
  const told = EpochRewards.encode(rewards).finish();
  const again = EpochRewards.encode(epochRewardsOf(scores, payout, emissionUallo)).finish();
  insist(Buffer.from(told).equals(again), 'the stored numbers give other rewards than those told');
  insist(ledgerAgrees(past, payout), 'the ledger paid other amounts');
  return { ...past, payout };
}

const paymentsOf = (payout: EpochPayout): readonly RolePayment[] =>
  payout.kind === 'paid' ? payout.payments : [];

/** What of a participant's payments the ledger did not put on its accounts. */
export function withheldOf({ settled, payout, moved }: RecheckedEpoch, participant: string): Withheld {
  const { topicId } = settled.scores;
  const own = paymentsOf(payout).filter((payment) => payment.participant === participant);
  const due = (ofReputer: boolean): bigint =>
    own
      .filter(({ role }) => (role === 'reputer') === ofReputer)
      .reduce((sum, { amountUallo }) => sum + amountUallo, 0n);
  return {
    balanceUallo: due(false) - (moved.get(participantAccount(participant)) ?? 0n),
    stakeUallo: due(true) - (moved.get(stakeAccount(topicId, participant)) ?? 0n),
  };
}

/** Every payment is on its accounts, but for fees, and these are in the treasury. */
function ledgerAgrees(past: PastEpoch, payout: EpochPayout): boolean {
  const { settled, moved } = past;
  const payments = paymentsOf(payout);
  const withheld = [...new Set(payments.map(({ participant }) => participant))].map((participant) =>
    withheldOf({ ...past, payout }, participant),
  );
  const total = withheld.reduce((sum, { balanceUallo, stakeUallo }) => sum + balanceUallo + stakeUallo, 0n);
  const delegators = payments.every(({ participant, delegatorsUallo }) => {
    const account = delegatorRewardsAccount(settled.scores.topicId, participant);
    return delegatorsUallo === 0n || moved.get(account) === delegatorsUallo;
  });
  return (
    delegators &&
    withheld.every(({ balanceUallo, stakeUallo }) => balanceUallo >= 0n && stakeUallo >= 0n) &&
    total === (moved.get(TREASURY) ?? 0n)
  );
}
