import { stakeAccount } from './accounts';
import type { Book, EconomyRules } from './book';
import type { CommandOutcome, CommandRefusal } from './commands';
import { balanceOf } from './post';
import { findTopic } from './topic-life';

export type RefusedCommand = Extract<CommandOutcome, { accepted: false }>;

/** What a command is applied to. `key` is that of the transfer it posts. */
export interface CommandContext {
  readonly book: Book;
  readonly rules: EconomyRules;
  readonly key: string;
}

export const refused = (refusal: CommandRefusal): RefusedCommand => ({ accepted: false, ...refusal });

export const notAllowed = (detail: string): RefusedCommand => refused({ code: 'VALUE_NOT_ALLOWED', detail });

export function refuseAmount(amountUallo: bigint): RefusedCommand | undefined {
  return amountUallo > 0n ? undefined : notAllowed('the amount is not above zero');
}

export function refuseShort(book: Book, account: string, neededUallo: bigint): RefusedCommand | undefined {
  const balanceUallo = balanceOf(book, account);
  if (balanceUallo >= neededUallo) return undefined;
  return refused({ code: 'INSUFFICIENT_BALANCE', account, balanceUallo, neededUallo });
}

export function refuseUnknownTopic(book: Book, topicId: number): RefusedCommand | undefined {
  return findTopic(book, topicId) ? undefined : refused({ code: 'UNKNOWN_TOPIC', topicId });
}

/** Nobody delegates to a reputer that risks nothing of its own. */
export function refuseNoReputer(book: Book, topicId: number, reputer: string): RefusedCommand | undefined {
  if (balanceOf(book, stakeAccount(topicId, reputer)) > 0n) return undefined;
  return refused({ code: 'NO_SUCH_REPUTER', topicId, reputer });
}
