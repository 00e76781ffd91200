import {
  delegatorRewardsAccount,
  FAUCET,
  INFERENCE_HOLDS,
  participantAccount,
  removalAccount,
  stakeAccount,
  TREASURY,
  VALIDATORS_POOL,
  validatorRemovalAccount,
  validatorStakeAccount,
} from './accounts';
import { holdKey } from './book';
import type { Command, CommandOf } from './commands';
import type { Holding } from './delegation';
import { holdingAccount } from './stake';

/** Rows that have to be loaded into a book before a piece of work is done on it. */
export interface Touches {
  readonly accounts: readonly string[];
  readonly topics: readonly number[];
  readonly delegations: readonly Holding[];
  readonly pools: readonly { readonly topicId: number; readonly reputer: string }[];
  readonly validators: readonly string[];
  /** Removal accounts, which are the keys of removals. */
  readonly removals: readonly string[];
  /** Keys of holds. */
  readonly holds: readonly string[];
  /** Every delegation to this reputer, with the balance of its account. */
  readonly allDelegationsOf?: { readonly topicId: number; readonly reputer: string };
}

const NOTHING: Touches = {
  accounts: [],
  topics: [],
  delegations: [],
  pools: [],
  validators: [],
  removals: [],
  holds: [],
};

export function touchesOf(command: Command): Touches {
  switch (command.kind) {
    case 'transfer':
      return { ...NOTHING, accounts: [participantAccount(command.from), participantAccount(command.to)] };
    case 'faucet':
      return { ...NOTHING, accounts: [FAUCET, participantAccount(command.to)] };
    case 'stake':
      return holdingTouches({ ...command, holder: command.reputer }, participantAccount(command.reputer));
    case 'delegate':
      return holdingTouches(command, participantAccount(command.holder));
    case 'redelegate':
      return joined(
        holdingTouches(command),
        holdingTouches({ topicId: command.toTopicId, reputer: command.toReputer, holder: command.holder }),
      );
    case 'claim-delegation-rewards':
      return claimTouches(command);
    case 'remove-stake':
    case 'cancel-removal':
      return removalTouches(command);
    case 'fund-topic':
    case 'pay-inference':
    case 'registration-fee':
      return feeTouches(command.from, [command.topicId]);
    case 'topic-creation-fee':
      return feeTouches(command.from, []);
    case 'hold-inference-fee':
      return holdTouches(command.from, command, [command.topicId]);
    case 'release-inference-fee':
      return holdTouches(command.account, command, [command.topicId]);
    case 'refund-inference-fee':
      return holdTouches(command.account, command, []);
    case 'stake-validator':
    case 'remove-validator-stake':
    case 'cancel-validator-removal':
    case 'claim-validator-rewards':
      return validatorTouches(command.validator);
    case 'slash':
      return slashTouches(command);
  }
}

const feeTouches = (from: string, topics: number[]): Touches => ({
  ...NOTHING,
  accounts: [participantAccount(from), TREASURY],
  topics,
});

const holdTouches = (account: string, { requestId }: { requestId: string }, topics: number[]): Touches => ({
  ...NOTHING,
  accounts: [participantAccount(account), INFERENCE_HOLDS, TREASURY],
  topics,
  holds: [holdKey(account, requestId)],
});

/** A holding with its topic and pool, and the reputer's own stake, which decides whether one may delegate to it. */
function holdingTouches({ topicId, reputer, holder }: Holding, ...others: string[]): Touches {
  const holding = { topicId, reputer, holder };
  const own = stakeAccount(topicId, reputer);
  const delegated = holder !== reputer;
  return {
    ...NOTHING,
    accounts: [...others, own, ...(delegated ? [holdingAccount(holding)] : [])],
    topics: [topicId],
    delegations: delegated ? [holding] : [],
    pools: delegated ? [{ topicId, reputer }] : [],
  };
}

function removalTouches(holding: Holding): Touches {
  const account = removalAccount(holding.topicId, holding.reputer, holding.holder);
  return { ...holdingTouches(holding, account), removals: [account] };
}

const claimTouches = ({ topicId, reputer, holder }: Holding): Touches => ({
  ...NOTHING,
  accounts: [delegatorRewardsAccount(topicId, reputer), participantAccount(holder)],
  topics: [topicId],
  delegations: [{ topicId, reputer, holder }],
  pools: [{ topicId, reputer }],
});

function validatorTouches(validator: string): Touches {
  const removal = validatorRemovalAccount(validator);
  const accounts = [
    participantAccount(validator),
    validatorStakeAccount(validator),
    removal,
    VALIDATORS_POOL,
  ];
  return { ...NOTHING, accounts, validators: [validator], removals: [removal] };
}

const slashTouches = ({ topicId, reputer }: CommandOf<'slash'>): Touches => ({
  ...NOTHING,
  accounts: [stakeAccount(topicId, reputer), TREASURY],
  topics: [topicId],
  pools: [{ topicId, reputer }],
  allDelegationsOf: { topicId, reputer },
});

function joined(a: Touches, b: Touches): Touches {
  return {
    accounts: [...a.accounts, ...b.accounts],
    topics: [...a.topics, ...b.topics],
    delegations: [...a.delegations, ...b.delegations],
    pools: [...a.pools, ...b.pools],
    validators: [...a.validators, ...b.validators],
    removals: [...a.removals, ...b.removals],
    holds: [...a.holds, ...b.holds],
  };
}
