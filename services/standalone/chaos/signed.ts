import { hexOf } from '@allora/identity/hex';
import { createHash } from 'node:crypto';
import { SignedPayload, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';
import type { Intent, LogKind, Submission } from './history';

/** A submission as it travels: signed bytes for gRPC, fields with their proof for REST. */
export interface Parcel {
  readonly submission: Submission;
  readonly signed: SignedMessage;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Writing {
  readonly chainId: string;
  readonly author: Account;
  readonly topicId: number;
  readonly nonce: number;
  readonly intent: Intent;
}

/** The name of the author's field in each kind of submission. */
export const authorField = { inference: 'inferer', forecast: 'forecaster', loss: 'reputer' } as const;

export function writeParcel(log: LogKind, fields: object, writing: Writing): Parcel {
  const { chainId, author, topicId, nonce, intent } = writing;
  const own = { nonce, [authorField[log]]: author.address, ...fields };
  const { body } = SignedPayload.fromPartial({ body: { $case: log, value: { topicId, ...own } } });
  const payload = SignedPayload.encode({ chainId, body }).finish();
  const signature = author.sign(payload);
  if (intent === 'bad_signature') signature[40]! ^= 1;
  const hash = createHash('sha256').update(payload).digest('hex');
  // The topic is in the path.
  const inBody = Object.fromEntries(Object.entries(own).filter(([name]) => name !== 'topicId'));
  const json = { ...inBody, publicKey: hexOf(author.publicKey), signature: hexOf(signature) };
  const submission = { log, topicId, nonce, author: author.address, hash, intent, attempts: [] };
  const signed = { payload, publicKey: author.publicKey, signature };
  if (intent !== 'malformed') return { submission, signed, json };
  const broken = { ...signed, payload: payload.subarray(0, payload.length - 1) };
  return { submission, signed: broken, json: { ...json, nonce: 'soon' } };
}
