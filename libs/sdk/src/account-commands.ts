import { randomUUID } from 'node:crypto';
import type { AccountCommand } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import { toCommandOutcome } from './decode-economy';
import type * as t from './economy-types';
import type { Link } from './link';

/**
 * What an account does with what it owns. Each command moves money at most once: a repeat under the same request id answers as the
 * first time, and another command under it is a CONFLICTING_REPEAT.
 */
export interface AccountCommands {
  transfer(author: Account, request: t.TransferRequest): Promise<t.CommandOutcome>;
  /** To a reputer of the topic; counts from the topic's next stake snapshot on. */
  delegate(holder: Account, request: t.ReputerStakeRequest): Promise<t.CommandOutcome>;
  /** Of own stake where the reputer is the author, else of a delegation; paid out at `dueHeight`. */
  removeStake(holder: Account, request: t.ReputerStakeRequest): Promise<t.CommandOutcome>;
  cancelRemoval(holder: Account, request: t.ReputerRequest): Promise<t.CommandOutcome>;
  /** From one reputer to another, without delay. */
  redelegate(holder: Account, request: t.RedelegateRequest): Promise<t.CommandOutcome>;
  claimDelegationRewards(holder: Account, request: t.ReputerRequest): Promise<t.CommandOutcome>;
  fundTopic(author: Account, request: t.TopicPaymentRequest): Promise<t.CommandOutcome>;
  /** As much as the consumer wants to pay. */
  payInference(author: Account, request: t.TopicPaymentRequest): Promise<t.CommandOutcome>;
  stakeValidator(validator: Account, request: t.AmountRequest): Promise<t.CommandOutcome>;
  removeValidatorStake(validator: Account, request: t.AmountRequest): Promise<t.CommandOutcome>;
  cancelValidatorRemoval(validator: Account, request?: t.Requested): Promise<t.CommandOutcome>;
  claimValidatorRewards(validator: Account, request?: t.Requested): Promise<t.CommandOutcome>;
  /** Takes a part of a reputer's stake and of all that is delegated to it; operators only. */
  slash(operator: Account, request: t.SlashRequest): Promise<t.CommandOutcome>;
}

type CommandBody = NonNullable<AccountCommand['command']>;

export function accountCommands({ urls, command }: Link): AccountCommands {
  const run = async (
    account: Account,
    { requestId = randomUUID() }: t.Requested,
    body: CommandBody,
  ): Promise<t.CommandOutcome> => {
    const signed = { author: account.address, requestId, command: body };
    const fields = { ...signed, command: { [body.$case]: body.value } };
    const payload = { $case: 'accountCommand', value: signed } as const;
    return toCommandOutcome(await command(account, `${urls.rewards}/v1/commands`, payload, fields));
  };
  return {
    transfer: (account, { to, ...request }) =>
      run(account, request, { $case: 'transfer', value: { to, ...amount(request) } }),
    delegate: (account, request) =>
      run(account, request, { $case: 'delegate', value: { ...place(request), ...amount(request) } }),
    removeStake: (account, request) =>
      run(account, request, { $case: 'removeStake', value: { ...place(request), ...amount(request) } }),
    cancelRemoval: (account, request) =>
      run(account, request, { $case: 'cancelRemoval', value: place(request) }),
    redelegate: (account, { toTopicId, toReputer, ...request }) => {
      const value = { ...place(request), toTopicId, toReputer, ...amount(request) };
      return run(account, request, { $case: 'redelegate', value });
    },
    claimDelegationRewards: (account, request) =>
      run(account, request, { $case: 'claimDelegationRewards', value: place(request) }),
    fundTopic: (account, { topicId, ...request }) =>
      run(account, request, { $case: 'fundTopic', value: { topicId, ...amount(request) } }),
    payInference: (account, { topicId, ...request }) =>
      run(account, request, { $case: 'payInference', value: { topicId, ...amount(request) } }),
    stakeValidator: (account, request) =>
      run(account, request, { $case: 'stakeValidator', value: amount(request) }),
    removeValidatorStake: (account, request) =>
      run(account, request, { $case: 'removeValidatorStake', value: amount(request) }),
    cancelValidatorRemoval: (account, request = {}) =>
      run(account, request, { $case: 'cancelValidatorRemoval', value: {} }),
    claimValidatorRewards: (account, request = {}) =>
      run(account, request, { $case: 'claimValidatorRewards', value: {} }),
    slash: (account, { partsPerMillion, ...request }) =>
      run(account, request, { $case: 'slash', value: { ...place(request), partsPerMillion } }),
  };
}

const place = ({ topicId, reputer }: t.ReputerRequest) => ({ topicId, reputer });
const amount = ({ amountUallo }: t.AmountRequest) => ({ amountUallo: String(amountUallo) });
