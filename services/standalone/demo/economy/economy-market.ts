import type { Account } from '@allora/identity/account';
import { allo } from '../decimal';
import { RESERVE_UALLO } from './economy-cast';
import type { EconomyStage } from './economy-epoch';
import { type MonthPlan, shareOf, STAKED_PER_MILLE } from './scenario';

/** What is done before a month's first block, when the month before is over and what it released has arrived. */
export async function openMonth(
  stage: EconomyStage,
  plan: MonthPlan,
  at: { readonly circulatingUallo: bigint; readonly stakedUallo: bigint; readonly needUallo: bigint },
): Promise<bigint> {
  await Promise.all([
    ...(plan.workersSell ? [sellEarnings(stage)] : []),
    ...(plan.delegatorsClaim ? [claimAsDelegators(stage)] : []),
    ...(plan.validatorsClaim ? [claimAsValidators(stage)] : []),
  ]);
  if (plan.removal !== 'none') await removeSome(stage);
  if (plan.redelegates) await redelegateSome(stage);
  await stakeShare(stage, at);
  return plan.paidAhead ? payFees(stage, stage.cast.consumers[0]!, shareOf(at.needUallo, plan.feeShare)) : 0n;
}

/** Before each epoch: never nothing, so that the topic always has revenue. */
export function payForEpoch(
  stage: EconomyStage,
  plan: MonthPlan,
  month: { readonly needUallo: bigint; readonly epoch: number; readonly epochs: number },
): Promise<bigint> {
  const share = plan.paidAhead ? 0 : plan.feeShare / month.epochs;
  const { consumers } = stage.cast;
  const consumer = consumers[month.epoch % consumers.length]!;
  return payFees(stage, consumer, shareOf(month.needUallo, share) + allo(1n));
}

/** The one whose removal was asked for at the month's start changes its mind. */
export async function cancelRemoval({ client, cast, topicId }: EconomyStage): Promise<void> {
  await client.cancelRemoval(cast.delegators[1]!, { topicId, reputer: cast.reputers[1]!.address });
}

const balanceOf = async ({ client }: EconomyStage, { address }: Account): Promise<bigint> =>
  (await client.account(address)).balanceUallo;

async function payFees(stage: EconomyStage, consumer: Account, amountUallo: bigint): Promise<bigint> {
  const { client, topicId } = stage;
  const lackUallo = amountUallo - (await balanceOf(stage, consumer));
  if (lackUallo > 0n) await buy(stage, consumer, lackUallo);
  await client.payInference(consumer, { topicId, amountUallo });
  return amountUallo;
}

/** On no market of ours: whoever has most sells. */
async function buy(stage: EconomyStage, buyer: Account, amountUallo: bigint): Promise<void> {
  const holders = holdersOf(stage);
  const balances = await Promise.all(holders.map((holder) => balanceOf(stage, holder)));
  const most = balances.reduce((best, balance, i) => (balance > balances[best]! ? i : best), 0);
  await stage.client.transfer(holders[most]!, { to: buyer.address, amountUallo });
}

const holdersOf = ({ cast }: EconomyStage) => [cast.foundation, cast.preseed, cast.investors, cast.team];

/** Holders stake of what they have until the staked share of what circulates is what it was. */
async function stakeShare(
  stage: EconomyStage,
  at: { readonly circulatingUallo: bigint; readonly stakedUallo: bigint },
): Promise<void> {
  const wantedUallo = (at.circulatingUallo * STAKED_PER_MILLE) / 1_000n - at.stakedUallo;
  if (wantedUallo <= 0n) return;
  const holders = holdersOf(stage);
  const balances = await Promise.all(holders.map((holder) => balanceOf(stage, holder)));
  const totalUallo = balances.reduce((sum, balance) => sum + balance, 0n);
  const stakableUallo = wantedUallo < totalUallo ? wantedUallo : totalUallo;
  await Promise.all(
    holders.map(async (holder, i) => {
      const amountUallo = (stakableUallo * balances[i]!) / totalUallo - RESERVE_UALLO;
      if (amountUallo > 0n) await stakeAs(stage, holder, amountUallo);
    }),
  );
}

/** Those who bought early delegate to reputers; team and foundation stake as validators. */
async function stakeAs({ client, cast, topicId }: EconomyStage, holder: Account, amountUallo: bigint) {
  const reputer = new Map([
    [cast.preseed, cast.reputers[2]!],
    [cast.investors, cast.reputers[0]!],
  ]).get(holder);
  await (reputer
    ? client.delegate(holder, { topicId, reputer: reputer.address, amountUallo })
    : client.stakeValidator(holder, { amountUallo }));
}

async function sellEarnings(stage: EconomyStage): Promise<void> {
  const { client, cast } = stage;
  await Promise.all(
    [...cast.inferers, cast.forecaster].map(async (worker, n) => {
      const amountUallo = (await balanceOf(stage, worker)) - RESERVE_UALLO;
      const to = cast.consumers[n % cast.consumers.length]!.address;
      if (amountUallo > 0n) await client.transfer(worker, { to, amountUallo });
    }),
  );
}

/** Each from whichever reputers owe it something. */
async function claimAsDelegators({ client, cast }: EconomyStage): Promise<void> {
  await Promise.all(
    [...cast.delegators, cast.preseed, cast.investors].map(async (holder) => {
      for (const { topicId, reputer, claimableUallo } of (await client.account(holder.address)).delegations)
        if (claimableUallo > 0n) await client.claimDelegationRewards(holder, { topicId, reputer });
    }),
  );
}

async function claimAsValidators({ client, cast }: EconomyStage): Promise<void> {
  await Promise.all(
    [...cast.validators, cast.foundation, cast.team].map(async (staker) => {
      const { validator } = await client.account(staker.address);
      if (validator && validator.claimableUallo > 0n) await client.claimValidatorRewards(staker);
    }),
  );
}

async function removeSome({ client, cast, topicId }: EconomyStage): Promise<void> {
  const reputer = cast.reputers[1]!.address;
  await client.removeStake(cast.delegators[1]!, { topicId, reputer, amountUallo: allo(80_000n) });
}

async function redelegateSome({ client, cast, topicId }: EconomyStage): Promise<void> {
  const [from, to] = [cast.reputers[0]!.address, cast.reputers[2]!.address];
  const amountUallo = allo(800_000n);
  await client.redelegate(cast.delegators[0]!, {
    ...{ topicId, reputer: from, toTopicId: topicId, toReputer: to },
    amountUallo,
  });
}
