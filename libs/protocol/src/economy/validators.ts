import { balanceTransfer } from '../ledger/posting';
import { participantAccount, VALIDATORS_POOL, validatorStakeAccount } from './accounts';
import type { Book, Validator } from './book';
import type { CommandOf, CommandOutcome } from './commands';
import { balanceOf, post } from './post';
import { refuseAmount, refused, refuseShort, type CommandContext } from './refusals';
import { earnedUallo } from './shares';

/** What a validator has earned up to now; undefined for who never staked. */
export function settleValidator(book: Book, address: string): Validator | undefined {
  const validator = book.validators.get(address);
  if (!validator) return undefined;
  const { validatorIndex } = book.network;
  const stakeUallo = balanceOf(book, validatorStakeAccount(address));
  const earned = earnedUallo(stakeUallo, validator.settledIndex, validatorIndex);
  return { accruedUallo: validator.accruedUallo + earned, settledIndex: validatorIndex };
}

/** Settles with the stake as it was, so it is called before the balance changes. */
export function changeValidatorStake(book: Book, address: string, changeUallo: bigint): void {
  const { network } = book;
  const settled = settleValidator(book, address);
  book.validators.set(address, settled ?? { accruedUallo: 0n, settledIndex: network.validatorIndex });
  book.network = { ...network, validatorStakeUallo: network.validatorStakeUallo + changeUallo };
}

export function stakeValidator(
  { book, key }: CommandContext,
  { validator, amountUallo }: CommandOf<'stake-validator'>,
): CommandOutcome {
  const payer = participantAccount(validator);
  const refusal = refuseAmount(amountUallo) ?? refuseShort(book, payer, amountUallo);
  if (refusal) return refusal;
  changeValidatorStake(book, validator, amountUallo);
  const postings = balanceTransfer({ from: payer, to: validatorStakeAccount(validator), amountUallo });
  post(book, { key, kind: 'validator-stake', postings });
  return { accepted: true, movedUallo: amountUallo };
}

export function claimValidatorRewards(
  { book, key }: CommandContext,
  { validator }: CommandOf<'claim-validator-rewards'>,
): CommandOutcome {
  const settled = settleValidator(book, validator);
  if (!settled || settled.accruedUallo === 0n) return refused({ code: 'NOTHING_TO_CLAIM' });
  const movedUallo = settled.accruedUallo;
  const to = participantAccount(validator);
  const postings = balanceTransfer({ from: VALIDATORS_POOL, to, amountUallo: movedUallo });
  post(book, { key, kind: 'validator-claim', postings });
  book.validators.set(validator, { ...settled, accruedUallo: 0n });
  return { accepted: true, movedUallo };
}
