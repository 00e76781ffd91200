import { hexOf } from '@allora/identity/hex';
import { createHash } from 'node:crypto';
import {
  type AccountCommand,
  SignedPayload,
  type SignedMessage,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import type { Request } from '@allora/rewards/testing/command-generator';
import type { Command } from '@allora/protocol/economy/commands';

export type LedgerIntent = 'honest' | 'bad_signature';

/** What a client was told; amounts as far as that door tells them. */
export type LedgerAnswer =
  | {
      readonly kind: 'accepted';
      readonly movedUallo?: string;
      readonly dueHeight?: number;
      readonly height?: number;
      /** Of a deposit: the stake right after it. */
      readonly stakeUallo?: string;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  | { readonly kind: 'lost'; readonly reason: string };

export interface LedgerAttempt {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly via: string;
  readonly answer: LedgerAnswer;
}

/** A command as it travels, and every answer to it. The same bytes are one parcel, however often they were sent. */
export interface LedgerParcel {
  /** Of the transfer that it posts: what has the same key is the same request id. */
  readonly key: string;
  readonly hash: string;
  readonly command: Command;
  readonly intent: LedgerIntent;
  readonly attempts: LedgerAttempt[];
  readonly rest: { readonly path: string; readonly body: Readonly<Record<string, unknown>> };
  /** Absent for the faucet, for which nobody signs. */
  readonly signed?: { readonly method: 'executeCommand' | 'depositStake'; readonly message: SignedMessage };
}

type CommandBody = NonNullable<AccountCommand['command']>;

/** The field of a signed command; undefined for what has a form of its own. */
function bodyOf(command: Command): CommandBody | undefined {
  const amount = 'amountUallo' in command ? { amountUallo: command.amountUallo.toString() } : {};
  const fields = Object.fromEntries(
    Object.entries({ ...command, ...amount }).filter(
      ([name]) => !['kind', 'holder', 'validator', 'operator', 'from'].includes(name),
    ),
  );
  const name = command.kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const own = ['stake', 'faucet', 'topicCreationFee', 'registrationFee'];
  return own.includes(name) ? undefined : ({ $case: name, value: fields } as unknown as CommandBody);
}

export interface Writing {
  readonly chainId: string;
  readonly account: Account;
  readonly intent: LedgerIntent;
}

/** Undefined for commands that reach the ledger through the coordinator, and for those that no message can carry. */
export function writeLedgerParcel(request: Request, writing: Writing): LedgerParcel | undefined {
  const { author, requestId, command } = request;
  const { chainId, account, intent } = writing;
  if (command.kind === 'faucet') {
    const amountUallo = command.amountUallo.toString();
    const body = { address: author, amountUallo, requestId };
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    const rest = { path: '/v1/faucet', body };
    return { key: `faucet:${author}:${requestId}`, hash, command, intent: 'honest', attempts: [], rest };
  }
  const signed = (body: NonNullable<SignedPayload['body']>) => {
    const payload = SignedPayload.encode({ chainId, body }).finish();
    const signature = account.sign(payload);
    if (intent === 'bad_signature') signature[40]! ^= 1;
    const proof = { publicKey: hexOf(account.publicKey), signature: hexOf(signature) };
    const hash = createHash('sha256').update(payload).digest('hex');
    return { message: { payload, publicKey: account.publicKey, signature }, proof, hash };
  };
  if (command.kind === 'stake') {
    const { topicId, reputer } = command;
    const fields = { reputer, amountUallo: command.amountUallo.toString(), requestId };
    const { message, proof, hash } = signed({ $case: 'stakeDeposit', value: { topicId, ...fields } });
    return {
      ...{ key: `stake:${topicId}:${reputer}:${requestId}`, hash, command, intent, attempts: [] },
      rest: { path: `/v1/topics/${topicId}/stakes`, body: { ...fields, ...proof } },
      signed: { method: 'depositStake', message },
    };
  }
  const body = bodyOf(command);
  if (!body || (command.kind === 'slash' && command.partsPerMillion < 0)) return undefined;
  const value = { author, requestId, command: body };
  const { message, proof, hash } = signed({ $case: 'accountCommand', value });
  return {
    ...{ key: `command:${author}:${requestId}`, hash, command, intent, attempts: [] },
    rest: {
      path: '/v1/commands',
      body: { author, requestId, command: { [body.$case]: body.value }, ...proof },
    },
    signed: { method: 'executeCommand', message },
  };
}

/** "Not now" is no answer. */
const undecided: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL']);

export const isDecided = (answer: LedgerAnswer): boolean =>
  answer.kind === 'accepted' || (answer.kind === 'refused' && !undecided.has(answer.code));

export const acceptedAnswer = ({ attempts }: LedgerParcel) => {
  for (const { answer } of attempts) if (answer.kind === 'accepted') return answer;
  return undefined;
};
