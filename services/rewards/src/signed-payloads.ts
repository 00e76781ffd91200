import { decodeCanonical } from '@allora/contracts/canonical';
import { RefusalError } from '@allora/contracts/errors';
import { type InferenceRequest, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { messageHash } from '@allora/identity/signature';
import type { Command } from '@allora/protocol/economy/commands';
import { PURCHASE_PARTS_MAX } from '@allora/protocol/economy/inference-holds';
import { amountText, requestIdText } from '@allora/public-api/forms';
import { addressText, topicIdNumber } from '@allora/service-kit/form';
import { hexOf } from '@allora/identity/hex';
import { z } from 'zod';
import { readAccountCommand, readForm } from './command-forms';
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

const feeText = z.string().regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo');
const partsCount = z.int().min(1).max(PURCHASE_PARTS_MAX);
const requestHash = z
  .instanceof(Uint8Array)
  .refine(({ length }) => length === 32, 'expected 32 bytes')
  .transform(hexOf);

/** What is bought besides: the gateway's matter. */
const inferenceRequestFields = z.object({
  account: addressText,
  requestId: requestIdText,
  topicId: topicIdNumber,
  feeUallo: feeText,
  purchase: z.union(
    [
      z.object({ $case: z.enum(['nextEpoch', 'latest']) }).transform(() => ({ parts: 1 })),
      z
        .object({ $case: z.literal('subscription'), value: z.object({ epochs: partsCount }) })
        .transform(({ value }) => ({ parts: value.epochs })),
    ],
    { error: `expected nextEpoch, latest, or a subscription of 1 to ${PURCHASE_PARTS_MAX} epochs` },
  ),
});

const statementFields = z.object({
  account: addressText,
  requestId: requestIdText,
  requestHash,
  topicId: topicIdNumber,
  part: partsCount,
});

const refundFields = z.object({ account: addressText, requestId: requestIdText, requestHash });

/** Stands where the author of a command would: what the network itself has signed. */
export const NETWORK = 'network';

/** The coordinator has the word on all its other fields. */
const creationFields = z.object({
  creator: addressText,
  requestId: z.string().regex(/^\P{Cc}{1,128}$/u, 'expected 1 to 128 characters'),
});

const registrationFields = z.strictObject({
  topicId: topicIdNumber,
  address: addressText,
  role: z.enum(Role).refine((role) => role === Role.WORKER || role === Role.REPUTER, 'expected a role'),
  shadow: z.boolean(),
  requestId: z.string(),
});

/** The command within the canonical bytes of a payload, which must have one of the bodies asked for. */
export function readPayload(bytes: Uint8Array, bodies: readonly BodyName[]): ClaimedCommand {
  const payload = decodeCanonical(SignedPayload, bytes);
  if (!payload?.body || !bodies.includes(payload.body.$case)) {
    throw new RefusalError('MALFORMED', `the payload is not the canonical form of ${bodies.join(' or ')}`);
  }
  const hash = messageHash(bytes);
  return { chainId: payload.chainId, command: { ...readBody(payload.body, hash), hash } };
}

/** Request ids of accounts have no colon: those of other bodies keep to themselves behind one. */
function readBody(body: Body, hash: Uint8Array): Omit<ProvenCommand, 'hash'> {
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
      const {
        topicId,
        address,
        role: roleValue,
        shadow,
        requestId,
      } = readForm(registrationFields, body.value);
      const role = roleValue === Role.WORKER ? 'worker' : 'reputer';
      const place = [topicId, shadow ? 'shadow' : role, ...(requestId ? [requestId] : [])].join(':');
      return {
        author: address,
        requestId: `registration-fee:${place}`,
        key: `registration-fee:${place}:${address}`,
        command: { kind: 'registration-fee', from: address, topicId, role },
      };
    }
    case 'inferenceRequest':
      return inferenceRequest(body.value, hexOf(hash));
    case 'inferenceStatement': {
      const fields = readForm(statementFields, body.value);
      const name = `${fields.account}:${fields.requestId}:${fields.part}`;
      return settlement(`inference-fee:${name}`, { kind: 'release-inference-fee', ...fields });
    }
    case 'inferenceRefund': {
      const fields = readForm(refundFields, body.value);
      const name = `${fields.account}:${fields.requestId}`;
      return settlement(`inference-refund:${name}`, { kind: 'refund-inference-fee', ...fields });
    }
    default:
      throw new RefusalError('MALFORMED', `a ${body.$case} is no command on the ledger`);
  }
}

function inferenceRequest(value: InferenceRequest, hash: string): Omit<ProvenCommand, 'hash'> {
  const { account, requestId, topicId, feeUallo, purchase } = readForm(inferenceRequestFields, value);
  return {
    author: account,
    requestId: `inference-request:${requestId}`,
    key: `inference-hold:${account}:${requestId}`,
    command: {
      kind: 'hold-inference-fee',
      ...{ from: account, requestId, requestHash: hash, topicId, parts: purchase.parts },
      feeUallo: BigInt(feeUallo),
    },
  };
}

const settlement = (key: string, command: Command): Omit<ProvenCommand, 'hash'> => ({
  ...{ author: NETWORK, requestId: key, key, command },
});

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
