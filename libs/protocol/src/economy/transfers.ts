import { balanceTransfer } from '../ledger/posting';
import { FAUCET, participantAccount } from './accounts';
import type { CommandOf, CommandOutcome } from './commands';
import { post } from './post';
import { notAllowed, refuseAmount, refuseShort, type CommandContext } from './refusals';

export function transfer({ book, key }: CommandContext, command: CommandOf<'transfer'>): CommandOutcome {
  const { from, to, amountUallo } = command;
  if (from === to) return notAllowed('the sender is the receiver');
  const payer = participantAccount(from);
  const refusal = refuseAmount(amountUallo) ?? refuseShort(book, payer, amountUallo);
  if (refusal) return refusal;
  const postings = balanceTransfer({ from: payer, to: participantAccount(to), amountUallo });
  post(book, { key, kind: 'transfer', postings });
  return { accepted: true, movedUallo: amountUallo };
}

export function faucet(
  { book, key }: CommandContext,
  { to, amountUallo }: CommandOf<'faucet'>,
): CommandOutcome {
  const refusal = refuseAmount(amountUallo) ?? refuseShort(book, FAUCET, amountUallo);
  if (refusal) return refusal;
  const postings = balanceTransfer({ from: FAUCET, to: participantAccount(to), amountUallo });
  post(book, { key, kind: 'faucet', postings });
  return { accepted: true, movedUallo: amountUallo };
}
