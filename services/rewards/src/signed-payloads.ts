import { RefusalError } from '@allora/contracts/errors';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { messageHash } from '@allora/identity/signature';
import { addressText, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import { amountText, readAccountCommand, readForm, requestIdText } from './command-forms';
import type { ProvenCommand } from './commands';

/** A command as its payload has it; who signed it is to be seen yet. */
export interface ClaimedCommand {
  readonly chainId: string;
  readonly command: ProvenCommand;
}

type Body = NonNullable<SignedPayload['body']>;
type BodyName = Body['$case'];

const depositFields = z.strictObject({
  topicId: topicIdNumber,
  reputer: addressText,
  amountUallo: amountText,
  requestId: requestIdText,
});

/** The coordinator has the word on all its other fields. */
const creationFields = z.object({
  creator: addressText,
  requestId: z.string().regex(/^\P{Cc}{1,128}$/u, 'expected 1 to 128 characters'),
});

const registrationFields = z.strictObject({
  topicId: topicIdNumber,
  address: addressText,
  role: z.enum(Role).refine((role) => role === Role.WORKER || role === Role.REPUTER, 'expected a role'),
});

/** The command within the canonical bytes of a payload, which must have one of the bodies asked for. */
export function readPayload(bytes: Uint8Array, bodies: readonly BodyName[]): ClaimedCommand {
  const payload = decodePayload(bytes);
  if (!payload?.body || !bodies.includes(payload.body.$case)) {
    throw new RefusalError('MALFORMED', `the payload is not the canonical form of ${bodies.join(' or ')}`);
  }
  return { chainId: payload.chainId, command: { ...readBody(payload.body), hash: messageHash(bytes) } };
}

/** Undefined for bytes that are no payload, or not its canonical form: one meaning, one signature. */
function decodePayload(bytes: Uint8Array): SignedPayload | undefined {
  try {
    const payload = SignedPayload.decode(bytes);
    return Buffer.compare(SignedPayload.encode(payload).finish(), bytes) === 0 ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** Request ids of accounts have no colon: those of other bodies keep to themselves behind one. */
function readBody(body: Body): Omit<ProvenCommand, 'hash'> {
  switch (body.$case) {
    case 'accountCommand': {
      const { author, requestId, command } = body.value;
      const named = command ? { [command.$case]: command.value } : {};
      return accountCommand(readAccountCommand({ author, requestId, command: named }));
    }
    case 'stakeDeposit': {
      const { topicId, reputer, amountUallo, requestId } = readForm(depositFields, body.value);
      const request = `stake:${topicId}:${requestId}`;
      return {
        author: reputer,
        requestId: request,
        key: `stake:${topicId}:${reputer}:${requestId}`,
        command: { kind: 'stake', reputer, topicId, amountUallo: BigInt(amountUallo) },
      };
    }
    case 'topicCreation': {
      const { creator, requestId } = readForm(creationFields, body.value);
      return {
        author: creator,
        requestId: `topic-creation-fee:${requestId}`,
        key: `topic-creation-fee:${creator}:${requestId}`,
        command: { kind: 'topic-creation-fee', from: creator },
      };
    }
    case 'registration': {
      const { topicId, address, role: roleValue } = readForm(registrationFields, body.value);
      const role = roleValue === Role.WORKER ? 'worker' : 'reputer';
      return {
        author: address,
        requestId: `registration-fee:${topicId}:${role}`,
        key: `registration-fee:${topicId}:${role}:${address}`,
        command: { kind: 'registration-fee', from: address, topicId, role },
      };
    }
    default:
      throw new RefusalError('MALFORMED', `a ${body.$case} is no command on the ledger`);
  }
}

const accountCommand = ({
  author,
  requestId,
  command,
}: ReturnType<typeof readAccountCommand>): Omit<ProvenCommand, 'hash'> => ({
  author,
  requestId,
  key: `command:${author}:${requestId}`,
  command,
});
