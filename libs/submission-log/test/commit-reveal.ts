import { randomBytes } from 'node:crypto';
import { busTopics } from '@allora/contracts/catalog';
import {
  type Receipt,
  type SubmissionRecord,
  SubmissionState,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { CommittedBody, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, WindowStage } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { signBody } from '../src/testing';
import { chainId, closing, type LogHarness, revealParams, until } from './log-harness';

interface Value {
  readonly topicId: number;
  readonly nonce: number;
  readonly value: string;
}

/** A worker in a topic with a reveal window, whose nonces take commitments. */
export function committer(log: LogHarness, topicId: number, nonces: readonly number[]): Account {
  log.owner.revealing.add(topicId);
  for (const nonce of nonces) log.owner.stages.set(`${topicId}/${nonce}`, WindowStage.COMMIT);
  return log.worker(topicId, nonces);
}

export const signReveal = (author: Account, value: Value, salt: Uint8Array): SignedMessage =>
  signBody(author, chainId, { $case: 'inference', value: { ...value, inferer: author.address, salt } });

export const signCommitment = (
  author: Account,
  { topicId, nonce }: Pick<Value, 'topicId' | 'nonce'>,
  hash: Uint8Array,
  body = CommittedBody.INFERENCE,
): SignedMessage =>
  signBody(author, chainId, {
    $case: 'commitment',
    value: { topicId, nonce, worker: author.address, hash, body },
  });

export interface Committed {
  readonly reveal: SignedMessage;
  readonly commitment: SignedMessage;
  readonly salt: Uint8Array;
}

export function commitTo(author: Account, value: Value): Committed {
  const salt = new Uint8Array(randomBytes(32));
  const reveal = signReveal(author, value, salt);
  return { salt, reveal, commitment: signCommitment(author, value, messageHash(reveal.payload)) };
}

export const hashOf = ({ payload }: SignedMessage): string =>
  Buffer.from(messageHash(payload)).toString('hex');

/** As another replica puts it on the log. */
export function commitmentRecord(author: Account, value: Value, signed: SignedMessage): SubmissionRecord {
  const group = {
    ...{ topicId: value.topicId, acceptedAtMs: 1, nonces: [value.nonce], authors: [author.address] },
    ...{ hashes: messageHash(signed.payload), payloads: [signed.payload] },
    ...{ publicKeys: signed.publicKey, signatures: signed.signature },
  };
  return { record: { $case: 'commitments', value: group } };
}

/** The coordinator tells that reveals begin; resolves when they do at this log. */
export async function beginReveals(log: LogHarness, topicId: number, nonce: number): Promise<void> {
  log.owner.stages.set(`${topicId}/${nonce}`, WindowStage.REVEAL);
  const phase = EpochPhase.REVEAL_WINDOW_OPENED;
  await log.coordinator.append(busTopics.epochs, [
    { ...closing(topicId, nonce), phase, params: revealParams, closesHeight: nonce + 8 },
  ]);
  await until(async () => {
    const rows = await log.app.database.prisma.$queryRaw<unknown[]>`
      SELECT FROM inference_ingest.commitment_seals
      WHERE topic_id = ${String(topicId)}::bigint AND nonce = ${String(nonce)}::bigint`;
    return rows.length === 1;
  });
  // A replica may believe for a moment longer that commitments are taken.
  await new Promise((resolve) => setTimeout(resolve, 120));
}

export async function commitAll(log: LogHarness, all: readonly Committed[]): Promise<Receipt[]> {
  return Promise.all(all.map(({ commitment }) => log.intake.acceptSigned(commitment)));
}

export const stateOf = async (log: LogHarness, signed: SignedMessage): Promise<string> =>
  SubmissionState[(await log.intake.find(hashOf(signed))).state];
