import { balanceTransfer } from '../ledger/posting';
import { delegationAccount, delegatorRewardsAccount, participantAccount, stakeAccount } from './accounts';
import { delegationKey, type Book, type EconomyRules } from './book';
import type { CommandOf, CommandOutcome } from './commands';
import { changeDelegation, poolOf, settleDelegation, type Holding } from './delegation';
import { post } from './post';
import {
  notAllowed,
  refuseAmount,
  refused,
  refuseNoReputer,
  refuseShort,
  refuseUnknownTopic,
  type CommandContext,
} from './refusals';
import { changeTopic, reactivate, topicOf } from './topic-life';

export const holdingAccount = ({ topicId, reputer, holder }: Holding): string =>
  holder === reputer ? stakeAccount(topicId, reputer) : delegationAccount(topicId, reputer, holder);

/** The sums of stake follow every change of a stake's balance, delegated or not. */
export function countStake(book: Book, topicId: number, changeUallo: bigint): void {
  changeTopic(book, topicId, { stakeUallo: topicOf(book, topicId).stakeUallo + changeUallo });
  book.network = { ...book.network, topicStakeUallo: book.network.topicStakeUallo + changeUallo };
}

/** All that follows from stake that came or went, beside the postings. */
export function changeHolding(book: Book, rules: EconomyRules, holding: Holding, changeUallo: bigint): void {
  countStake(book, holding.topicId, changeUallo);
  if (holding.holder !== holding.reputer) changeDelegation(book, holding, changeUallo);
  if (changeUallo > 0n) reactivate(book, rules, holding.topicId);
}

export function stake(context: CommandContext, command: CommandOf<'stake'>): CommandOutcome {
  const { book, rules, key } = context;
  const { topicId, reputer, amountUallo } = command;
  const payer = participantAccount(reputer);
  const refusal =
    refuseAmount(amountUallo) ?? refuseUnknownTopic(book, topicId) ?? refuseShort(book, payer, amountUallo);
  if (refusal) return refusal;
  const postings = balanceTransfer({ from: payer, to: stakeAccount(topicId, reputer), amountUallo });
  post(book, { key, kind: 'stake-deposit', topicId, postings });
  changeHolding(book, rules, { topicId, reputer, holder: reputer }, amountUallo);
  return { accepted: true, movedUallo: amountUallo };
}

export function delegate(context: CommandContext, command: CommandOf<'delegate'>): CommandOutcome {
  const { book, rules, key } = context;
  const { topicId, reputer, holder, amountUallo } = command;
  if (holder === reputer) return notAllowed('a reputer stakes of its own and does not delegate to itself');
  const payer = participantAccount(holder);
  const refusal =
    refuseAmount(amountUallo) ??
    refuseUnknownTopic(book, topicId) ??
    refuseNoReputer(book, topicId, reputer) ??
    refuseShort(book, payer, amountUallo);
  if (refusal) return refusal;
  const postings = balanceTransfer({ from: payer, to: holdingAccount(command), amountUallo });
  post(book, { key, kind: 'delegation', topicId, postings });
  changeHolding(book, rules, command, amountUallo);
  return { accepted: true, movedUallo: amountUallo };
}

/** Both ends change at once: what the present snapshots hold stays with the old reputer, later ones count the new. */
export function redelegate(context: CommandContext, command: CommandOf<'redelegate'>): CommandOutcome {
  const { book, rules, key } = context;
  const { topicId, reputer, holder, toTopicId, toReputer, amountUallo } = command;
  if (holder === reputer || holder === toReputer) return notAllowed('own stake is not delegated');
  if (topicId === toTopicId && reputer === toReputer) return notAllowed('it is delegated there already');
  const source = holdingAccount(command);
  const refusal =
    refuseAmount(amountUallo) ??
    refuseUnknownTopic(book, topicId) ??
    refuseUnknownTopic(book, toTopicId) ??
    refuseNoReputer(book, toTopicId, toReputer) ??
    refuseShort(book, source, amountUallo);
  if (refusal) return refusal;
  const target = { topicId: toTopicId, reputer: toReputer, holder };
  const postings = balanceTransfer({ from: source, to: holdingAccount(target), amountUallo });
  post(book, { key, kind: 'redelegation', topicId, postings });
  changeHolding(book, rules, command, -amountUallo);
  changeHolding(book, rules, target, amountUallo);
  return { accepted: true, movedUallo: amountUallo };
}

export function claimDelegationRewards(
  { book, key }: CommandContext,
  { topicId, reputer, holder }: CommandOf<'claim-delegation-rewards'>,
): CommandOutcome {
  const rowKey = delegationKey(topicId, reputer, holder);
  const stored = book.delegations.get(rowKey);
  if (!stored) return refused({ code: 'NOTHING_TO_CLAIM' });
  const settled = settleDelegation(stored, poolOf(book, topicId, reputer));
  const movedUallo = settled.accruedUallo;
  if (movedUallo === 0n) return refused({ code: 'NOTHING_TO_CLAIM' });
  const from = delegatorRewardsAccount(topicId, reputer);
  const postings = balanceTransfer({ from, to: participantAccount(holder), amountUallo: movedUallo });
  post(book, { key, kind: 'delegation-claim', topicId, postings });
  book.delegations.set(rowKey, { ...settled, accruedUallo: 0n });
  return { accepted: true, movedUallo };
}
