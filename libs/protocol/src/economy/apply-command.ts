import type { Book, EconomyRules } from './book';
import type { Command, CommandOutcome } from './commands';
import { payRegistration, payTopic, payTopicCreation } from './fees';
import { holdInferenceFee, refundInferenceFee, releaseInferenceFee } from './inference-holds';
import { cancelRemoval, cancelValidatorRemoval, removeStake, removeValidatorStake } from './removals';
import { slash } from './slash';
import { claimDelegationRewards, delegate, redelegate, stake } from './stake';
import { faucet, transfer } from './transfers';
import { claimValidatorRewards, stakeValidator } from './validators';

/**
 * Applies a command to a book that holds all it touches (`touchesOf`), under the key of the transfer it posts. A refused
 * command leaves the book as it was.
 */
export function applyCommand(book: Book, rules: EconomyRules, command: Command, key: string): CommandOutcome {
  const context = { book, rules, key };
  switch (command.kind) {
    case 'transfer':
      return transfer(context, command);
    case 'faucet':
      return faucet(context, command);
    case 'stake':
      return stake(context, command);
    case 'delegate':
      return delegate(context, command);
    case 'redelegate':
      return redelegate(context, command);
    case 'claim-delegation-rewards':
      return claimDelegationRewards(context, command);
    case 'remove-stake':
      return removeStake(context, command);
    case 'cancel-removal':
      return cancelRemoval(context, command);
    case 'fund-topic':
    case 'pay-inference':
      return payTopic(context, command);
    case 'hold-inference-fee':
      return holdInferenceFee(context, command);
    case 'release-inference-fee':
      return releaseInferenceFee(context, command);
    case 'refund-inference-fee':
      return refundInferenceFee(context, command);
    case 'stake-validator':
      return stakeValidator(context, command);
    case 'remove-validator-stake':
      return removeValidatorStake(context, command);
    case 'cancel-validator-removal':
      return cancelValidatorRemoval(context, command);
    case 'claim-validator-rewards':
      return claimValidatorRewards(context, command);
    case 'slash':
      return slash(context, command);
    case 'topic-creation-fee':
      return payTopicCreation(context, command);
    case 'registration-fee':
      return payRegistration(context, command);
  }
}
