import { RefusalError } from '@allora/contracts/errors';
import type { AccountCommand } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Command } from '@allora/protocol/economy/commands';
import {
  accountCommandFields,
  type accountCommandForms,
  type AccountCommandName,
} from '@allora/public-api/account-commands';
import type { z } from 'zod';

/** Reads fields of whatever origin; what does not fit is refused with every field that is wrong. */
export function readForm<S extends z.ZodType>(schema: S, fields: unknown): z.output<S> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }));
  const [{ path, message } = { path: '', message: 'malformed' }] = errors;
  throw new RefusalError('MALFORMED', path ? `${path}: ${message}` : message, { errors });
}

type Fields<N extends AccountCommandName> = z.output<(typeof accountCommandForms)[N]>;

/** What the author wants with the fields of a command. */
const commandOf: { readonly [N in AccountCommandName]: (author: string, fields: Fields<N>) => Command } = {
  transfer: (from, f) => ({ kind: 'transfer', from, ...counted(f) }),
  delegate: (holder, f) => ({ kind: 'delegate', holder, ...counted(f) }),
  removeStake: (holder, f) => ({ kind: 'remove-stake', holder, ...counted(f) }),
  cancelRemoval: (holder, f) => ({ kind: 'cancel-removal', holder, ...f }),
  redelegate: (holder, f) => ({ kind: 'redelegate', holder, ...counted(f) }),
  claimDelegationRewards: (holder, f) => ({ kind: 'claim-delegation-rewards', holder, ...f }),
  fundTopic: (from, f) => ({ kind: 'fund-topic', from, ...counted(f) }),
  payInference: (from, f) => ({ kind: 'pay-inference', from, ...counted(f) }),
  stakeValidator: (validator, f) => ({ kind: 'stake-validator', validator, ...counted(f) }),
  removeValidatorStake: (validator, f) => ({ kind: 'remove-validator-stake', validator, ...counted(f) }),
  cancelValidatorRemoval: (validator) => ({ kind: 'cancel-validator-removal', validator }),
  claimValidatorRewards: (validator) => ({ kind: 'claim-validator-rewards', validator }),
  slash: (operator, f) => ({ kind: 'slash', operator, ...f }),
};

const counted = <F extends { readonly amountUallo: string }>({ amountUallo, ...others }: F) => ({
  ...others,
  amountUallo: BigInt(amountUallo),
});

export interface ReadAccountCommand {
  readonly author: string;
  readonly requestId: string;
  readonly command: Command;
  /** As it is signed. */
  readonly message: AccountCommand;
}

/** Of JSON, or of a decoded message brought into the same form. */
export const readAccountCommand = (fields: unknown): ReadAccountCommand =>
  accountCommandOf(readForm(accountCommandFields, fields));

export function accountCommandOf(fields: z.output<typeof accountCommandFields>): ReadAccountCommand {
  const { author, requestId, command: named } = fields;
  const [[name, value]] = Object.entries(named) as [[AccountCommandName, Fields<AccountCommandName>]];
  const read = commandOf[name] as (author: string, fields: Fields<AccountCommandName>) => Command;
  const message = { author, requestId, command: { $case: name, value } } as AccountCommand;
  return { author, requestId, command: read(author, value), message };
}
