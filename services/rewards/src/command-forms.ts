import { RefusalError } from '@allora/contracts/errors';
import type { AccountCommand } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Command } from '@allora/protocol/economy/commands';
import { addressText, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';

export const amountText = z.string().regex(/^[1-9]\d{0,37}$/, 'expected a whole number of uallo above zero');
/** Becomes part of a ledger key. */
export const requestIdText = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, dots, dashes or underscores');

/** Reads fields of whatever origin; what does not fit is refused with every field that is wrong. */
export function readForm<S extends z.ZodType>(schema: S, fields: unknown, at: string[] = []): z.output<S> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: [...at, ...path].join('.'),
    message,
  }));
  const [{ path, message } = { path: '', message: 'malformed' }] = errors;
  throw new RefusalError('MALFORMED', path ? `${path}: ${message}` : message, { errors });
}

/** What the author wants with the fields of a command. */
type ReadFields = (author: string, fields: unknown, at: string[]) => Command;

const form =
  <S extends z.ZodRawShape>(
    shape: S,
    toCommand: (author: string, fields: z.output<z.ZodObject<S>>) => Command,
  ): ReadFields =>
  (author, fields, at) =>
    toCommand(author, readForm(z.strictObject(shape), fields, at) as z.output<z.ZodObject<S>>);

const uallo = amountText.transform(BigInt);
const amount = { amountUallo: uallo };
const place = { topicId: topicIdNumber, reputer: addressText };
const target = { toTopicId: topicIdNumber, toReputer: addressText };
const parts = { partsPerMillion: z.int().min(1).max(1_000_000) };

/** By the name of the command in JSON, which is also that of the signed message's field. */
const commandForms: Readonly<Record<string, ReadFields>> = {
  transfer: form({ to: addressText, ...amount }, (from, f) => ({ kind: 'transfer', from, ...f })),
  delegate: form({ ...place, ...amount }, (holder, f) => ({ kind: 'delegate', holder, ...f })),
  removeStake: form({ ...place, ...amount }, (holder, f) => ({ kind: 'remove-stake', holder, ...f })),
  cancelRemoval: form(place, (holder, f) => ({ kind: 'cancel-removal', holder, ...f })),
  redelegate: form({ ...place, ...target, ...amount }, (holder, f) => ({
    kind: 'redelegate',
    holder,
    ...f,
  })),
  claimDelegationRewards: form(place, (holder, f) => ({ kind: 'claim-delegation-rewards', holder, ...f })),
  fundTopic: form({ topicId: topicIdNumber, ...amount }, (from, f) => ({ kind: 'fund-topic', from, ...f })),
  payInference: form({ topicId: topicIdNumber, ...amount }, (from, f) => ({
    kind: 'pay-inference',
    from,
    ...f,
  })),
  stakeValidator: form(amount, (validator, f) => ({ kind: 'stake-validator', validator, ...f })),
  removeValidatorStake: form(amount, (validator, f) => ({
    kind: 'remove-validator-stake',
    validator,
    ...f,
  })),
  cancelValidatorRemoval: form({}, (validator) => ({ kind: 'cancel-validator-removal', validator })),
  claimValidatorRewards: form({}, (validator) => ({ kind: 'claim-validator-rewards', validator })),
  slash: form({ ...place, ...parts }, (operator, f) => ({ kind: 'slash', operator, ...f })),
};

const accountCommandFields = z.strictObject({
  author: addressText,
  requestId: requestIdText,
  command: z.record(z.string(), z.unknown()),
});

export interface ReadAccountCommand {
  readonly author: string;
  readonly requestId: string;
  readonly command: Command;
  /** As it is signed. */
  readonly message: AccountCommand;
}

/** Of JSON, or of a decoded message brought into the same form. */
export function readAccountCommand(fields: unknown): ReadAccountCommand {
  const { author, requestId, command: named } = readForm(accountCommandFields, fields);
  const [name = '', ...others] = Object.keys(named);
  const read = Object.hasOwn(commandForms, name) && others.length === 0 ? commandForms[name] : undefined;
  if (!read) {
    const message = `expected one of ${Object.keys(commandForms).join(', ')}`;
    throw new RefusalError('MALFORMED', `command: ${message}`, { errors: [{ path: 'command', message }] });
  }
  const value = named[name];
  const command = read(author, value, ['command', name]);
  const message = { author, requestId, command: { $case: name, value } } as AccountCommand;
  return { author, requestId, command, message };
}
