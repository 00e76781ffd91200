import { balanceTransfer } from '../ledger/posting';
import { participantAccount, TREASURY } from './accounts';
import type { TransferKind } from './book';
import type { CommandOf, CommandOutcome } from './commands';
import { post } from './post';
import { refuseAmount, refuseShort, refuseUnknownTopic, type CommandContext } from './refusals';
import { reactivate, recordFee } from './topic-life';

/** Funding and pay-what-you-want inference requests: all of it is revenue of the topic, once. */
export function payTopic(
  context: CommandContext,
  { kind, from, topicId, amountUallo }: CommandOf<'fund-topic' | 'pay-inference'>,
): CommandOutcome {
  const refusal = refuseAmount(amountUallo) ?? refuseUnknownTopic(context.book, topicId);
  if (refusal) return refusal;
  const fee = { from, topicId, amountUallo };
  return payFee(context, kind === 'fund-topic' ? 'topic-funding' : 'inference-fee', fee);
}

export const payTopicCreation = (
  context: CommandContext,
  { from }: CommandOf<'topic-creation-fee'>,
): CommandOutcome =>
  payFee(context, 'topic-creation-fee', { from, amountUallo: context.rules.topicCreationFeeUallo });

export function payRegistration(
  context: CommandContext,
  { from, topicId }: CommandOf<'registration-fee'>,
): CommandOutcome {
  const amountUallo = context.rules.registrationFeeUallo;
  const unknown = refuseUnknownTopic(context.book, topicId);
  return unknown ?? payFee(context, 'registration-fee', { from, topicId, amountUallo });
}

interface Fee {
  readonly from: string;
  /** Absent: of no topic yet. */
  readonly topicId?: number;
  readonly amountUallo: bigint;
}

function payFee({ book, rules, key }: CommandContext, kind: TransferKind, fee: Fee): CommandOutcome {
  const { from, topicId, amountUallo } = fee;
  // A network may ask nothing.
  if (amountUallo === 0n) return { accepted: true, movedUallo: 0n };
  const payer = participantAccount(from);
  const refusal = refuseShort(book, payer, amountUallo);
  if (refusal) return refusal;
  const postings = balanceTransfer({ from: payer, to: TREASURY, amountUallo });
  post(book, { key, kind, ...(topicId === undefined ? {} : { topicId }), postings });
  if (topicId !== undefined) {
    recordFee(book, topicId, amountUallo);
    reactivate(book, rules, topicId);
  }
  return { accepted: true, movedUallo: amountUallo };
}
