import { balanceTransfer } from '../ledger/posting';
import {
  participantAccount,
  removalAccount,
  validatorRemovalAccount,
  validatorStakeAccount,
} from './accounts';
import type { Book, EconomyRules, Removal } from './book';
import type { CommandOf, CommandOutcome } from './commands';
import { post } from './post';
import {
  refuseAmount,
  refused,
  refuseShort,
  refuseUnknownTopic,
  type CommandContext,
  type RefusedCommand,
} from './refusals';
import { changeHolding, holdingAccount } from './stake';
import { changeValidatorStake } from './validators';

export function removeStake(context: CommandContext, command: CommandOf<'remove-stake'>): CommandOutcome {
  const { book, rules } = context;
  const { topicId, reputer, holder, amountUallo } = command;
  const source = holdingAccount(command);
  const account = removalAccount(topicId, reputer, holder);
  const refusal =
    refuseAmount(amountUallo) ??
    refuseUnknownTopic(book, topicId) ??
    refusePending(book, account) ??
    refuseShort(book, source, amountUallo);
  if (refusal) return refusal;
  changeHolding(book, rules, command, -amountUallo);
  return startRemoval(context, { account, source, holder, topicId, reputer, amountUallo });
}

export function removeValidatorStake(
  context: CommandContext,
  { validator, amountUallo }: CommandOf<'remove-validator-stake'>,
): CommandOutcome {
  const { book } = context;
  const source = validatorStakeAccount(validator);
  const account = validatorRemovalAccount(validator);
  const refusal =
    refuseAmount(amountUallo) ?? refusePending(book, account) ?? refuseShort(book, source, amountUallo);
  if (refusal) return refusal;
  changeValidatorStake(book, validator, -amountUallo);
  return startRemoval(context, {
    account,
    source,
    holder: validator,
    topicId: 0,
    reputer: '',
    amountUallo,
  });
}

export function cancelRemoval(context: CommandContext, command: CommandOf<'cancel-removal'>): CommandOutcome {
  const { book, rules } = context;
  const account = removalAccount(command.topicId, command.reputer, command.holder);
  const removal = book.removals.get(account);
  if (!removal) return refused({ code: 'NO_REMOVAL', account });
  const outcome = takeBack(context, { account, removal, target: holdingAccount(command) });
  changeHolding(book, rules, command, removal.amountUallo);
  return outcome;
}

export function cancelValidatorRemoval(
  context: CommandContext,
  { validator }: CommandOf<'cancel-validator-removal'>,
): CommandOutcome {
  const { book } = context;
  const account = validatorRemovalAccount(validator);
  const removal = book.removals.get(account);
  if (!removal) return refused({ code: 'NO_REMOVAL', account });
  changeValidatorStake(book, validator, removal.amountUallo);
  return takeBack(context, { account, removal, target: validatorStakeAccount(validator) });
}

/**
 * Pays out what is due, oldest first: never more than so many in a block, the rest in the blocks after. Many small
 * removals delay others by as many blocks as they take, and then they are gone.
 */
export function payRemovals(
  book: Book,
  { removalsPerBlock }: EconomyRules,
  blocks: { readonly fromHeightExclusive: number; readonly toHeight: number },
): void {
  let height = blocks.fromHeightExclusive + 1;
  let paidInBlock = 0;
  for (const [account, removal] of dueRemovals(book, blocks.toHeight)) {
    if (removal.dueHeight > height) [height, paidInBlock] = [removal.dueHeight, 0];
    if (paidInBlock === removalsPerBlock) [height, paidInBlock] = [height + 1, 0];
    if (height > blocks.toHeight) return;
    payRemoval(book, account, removal);
    paidInBlock += 1;
  }
}

function dueRemovals(book: Book, height: number): [string, Removal][] {
  return [...book.removals.entries()]
    .filter(([, { dueHeight }]) => dueHeight <= height)
    .sort(([a, { dueHeight: dueA }], [b, { dueHeight: dueB }]) => dueA - dueB || (a < b ? -1 : 1));
}

function payRemoval(book: Book, account: string, removal: Removal): void {
  const { holder, amountUallo, dueHeight, topicId } = removal;
  post(book, {
    key: `removal-paid:${account}:${dueHeight}`,
    kind: 'removal-paid',
    ...topicIf(topicId),
    postings: balanceTransfer({ from: account, to: participantAccount(holder), amountUallo }),
  });
  book.removals.delete(account);
}

function refusePending(book: Book, account: string): RefusedCommand | undefined {
  const pending = book.removals.get(account);
  return pending && refused({ code: 'REMOVAL_PENDING', account, dueHeight: pending.dueHeight });
}

function startRemoval(
  { book, rules, key }: CommandContext,
  removal: Pick<Removal, 'holder' | 'topicId' | 'reputer' | 'amountUallo'> & {
    readonly account: string;
    readonly source: string;
  },
): CommandOutcome {
  const { account, source, ...row } = removal;
  const { amountUallo, topicId } = row;
  const postings = balanceTransfer({ from: source, to: account, amountUallo });
  post(book, { key, kind: 'removal', ...topicIf(topicId), postings });
  const requestedHeight = book.network.height;
  const dueHeight = requestedHeight + rules.removalDelayBlocks;
  book.removals.set(account, { ...row, requestedHeight, dueHeight });
  return { accepted: true, movedUallo: amountUallo, dueHeight };
}

function takeBack(
  { book, key }: CommandContext,
  { account, removal, target }: { account: string; removal: Removal; target: string },
): CommandOutcome {
  const { amountUallo, topicId } = removal;
  const postings = balanceTransfer({ from: account, to: target, amountUallo });
  post(book, { key, kind: 'removal-cancelled', ...topicIf(topicId), postings });
  book.removals.delete(account);
  return { accepted: true, movedUallo: amountUallo };
}

/** A validator's stake is of no topic. */
const topicIf = (topicId: number): { topicId?: number } => (topicId === 0 ? {} : { topicId });
