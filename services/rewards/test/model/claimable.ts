import type { LedgerModel } from '../../src/testing/ledger-model';
import { delegation, pot, validatorStake } from '../../src/testing/model-state';
import type { Replica } from './replica';

interface AccountJson {
  readonly delegations: readonly {
    readonly topicId: number;
    readonly reputer: string;
    readonly claimableUallo: string;
  }[];
  readonly validator: { readonly claimableUallo: string } | null;
}

/**
 * What the service says can be claimed: of each delegator and validator no more than its exact share, and less by no more than a
 * uallo for each time it was settled; of all together no more than there is to pay it from.
 */
export async function checkClaimable(
  model: LedgerModel,
  replicas: readonly Replica[],
  everyone: readonly string[],
): Promise<void> {
  const owed = new Map<string, bigint>();
  const judge = (name: string, from: string, told: string, openEpochs: number): void => {
    const { leastUallo, mostUallo } = model.claimable(name);
    const claimable = BigInt(told);
    if (claimable > mostUallo || claimable < leastUallo - BigInt(openEpochs))
      throw new Error(`${name} can claim ${claimable}, and should ${leastUallo} to ${mostUallo}`);
    owed.set(from, (owed.get(from) ?? 0n) + claimable);
  };
  for (const [i, address] of everyone.entries()) {
    const view = (await replicas[i % replicas.length]!.read(`/v1/accounts/${address}`)) as AccountJson;
    for (const { topicId, reputer, claimableUallo } of view.delegations) {
      const name = delegation(topicId, reputer, address);
      judge(name, pot(topicId, reputer), claimableUallo, model.topics.get(topicId)!.snapshots.size);
    }
    if (view.validator) judge(validatorStake(address), 'validators-pool', view.validator.claimableUallo, 0);
  }
  for (const [account, amount] of owed)
    if (model.balance(account) < amount)
      throw new Error(`${account} holds ${model.balance(account)}, and ${amount} can be claimed from it`);
}
