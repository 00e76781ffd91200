import { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { z } from 'zod';
import type { SubmissionOutcome } from './bulk';
import { AlloraError, refusalOf } from './errors';
import { fromHex } from './hex';
import type { Epoch, LatestInference, Registered, SubmissionStatus, Windows } from './types';

const role = z.enum(['worker', 'reputer']);
const messageJson = z.record(z.string(), z.unknown());
const maybeMessage = messageJson.nullish();

const windowShape = z.object({
  nonce: z.number(),
  role,
  stage: z.enum(['submit', 'commit', 'reveal']).default('submit'),
  openedHeight: z.number(),
  closesHeight: z.number(),
});
const windowsShape = z.object({
  topicId: z.number(),
  height: z.number(),
  windows: z.array(windowShape),
});
const registeredShape = z.object({
  ...{ topicId: z.number(), address: z.string(), role, height: z.number() },
  shadow: z.boolean().default(false),
});
const epochShape = z.object({
  topicId: z.number(),
  nonce: z.number(),
  inference: maybeMessage,
  losses: maybeMessage,
  scores: maybeMessage,
  rewards: maybeMessage,
});

const hexBytes = z
  .string()
  .regex(/^([0-9a-f]{2})*$/)
  .transform((text) => fromHex(text));
const proofShape = z.object({
  publicKey: hexBytes,
  signature: hexBytes,
  index: z.number(),
  path: hexBytes,
});
const receiptShape = z.object({
  hash: z.string(),
  topicId: z.number(),
  nonce: z.number(),
  author: z.string(),
  logPartition: z.number(),
  logOffset: z.number(),
  logIndex: z.number().default(0),
  acceptedAtMs: z.number().default(0),
  proof: proofShape.optional(),
});
const bulkShape = z.object({
  results: z.array(
    z.union([
      z.object({ receipt: receiptShape }),
      z.object({ status: z.number(), problem: z.record(z.string(), z.unknown()) }),
    ]),
  ),
});
const statusShape = z.object({
  hash: z.string(),
  kind: z.enum(['inference', 'forecast', 'loss', 'inference_commitment', 'forecast_commitment']),
  topicId: z.number(),
  nonce: z.number(),
  author: z.string(),
  position: z.object({ partition: z.number(), offset: z.number(), index: z.number() }),
  acceptedAtMs: z.number(),
  proof: proofShape.nullable(),
  state: z.enum(['accepted', 'in_set', 'late', 'superseded', 'not_active', 'active']),
  supersededBy: z.string().nullable(),
  reason: z.string().nullable(),
  rank: z.number().nullable(),
  emaScore: z.number().nullable(),
  activeLimit: z.number().nullable(),
  dropped: z.array(z.object({ field: z.string(), worker: z.string(), reason: z.string() })),
  droppedCount: z.number(),
});

const known = z.number().nullable();
const derivedShape = z.object({
  effectiveWorkers: known,
  interval68: z.tuple([z.number(), z.number()]).nullable(),
  interval95: z.tuple([z.number(), z.number()]).nullable(),
  times: z.object({ workerWindowOpenedMs: known, workerWindowClosedMs: known, inferenceMs: known }),
});

/** What an answer must look like; UNREADABLE_ANSWER where it does not. */
export function read<T>(shape: z.ZodType<T>, json: unknown): T {
  const result = shape.safeParse(json);
  if (result.success) return result.data;
  throw new AlloraError({
    code: 'UNREADABLE_ANSWER',
    status: 200,
    detail: `the answer is not of the documented form: ${z.prettifyError(result.error)}`,
    remedy: 'Check that client and network are of the same version.',
  });
}

interface Reader<T> {
  fromJSON(json: unknown): T;
}
const message = <T>(reader: Reader<T>, json: unknown): T => reader.fromJSON(read(messageJson, json));
const optional = <T>(reader: Reader<T>, json: Record<string, unknown> | null | undefined): T | null =>
  json === null || json === undefined ? null : reader.fromJSON(json);

export const toTopic = (json: unknown): Topic => message(Topic, json);
export const toTopics = (json: unknown): Topic[] =>
  read(z.object({ topics: z.array(messageJson) }), json).topics.map((topic) => Topic.fromJSON(topic));
export const toInference = (json: unknown): LatestInference => ({
  ...message(NetworkInference, json),
  ...read(derivedShape, json),
});
export const toReceipt = (json: unknown): Receipt => Receipt.fromPartial(read(receiptShape, json));
export const toBulkOutcomes = (json: unknown): SubmissionOutcome[] =>
  read(bulkShape, json).results.map((result) =>
    'receipt' in result
      ? { receipt: Receipt.fromPartial(result.receipt), refusal: null }
      : { receipt: null, refusal: refusalOf(result.status, result.problem) },
  );
export function toSubmissionStatus(json: unknown): SubmissionStatus {
  const { proof, ...status } = read(statusShape, json);
  const { hash, topicId, nonce, author, position, acceptedAtMs } = status;
  const place = { logPartition: position.partition, logOffset: position.offset, logIndex: position.index };
  const statement = { hash, topicId, nonce, author, ...place, acceptedAtMs };
  return { ...status, receipt: Receipt.fromPartial({ ...statement, proof: proof ?? undefined }) };
}
export const toWindows = (json: unknown): Windows => read(windowsShape, json);
export const toRegistered = (json: unknown): Registered => read(registeredShape, json);
export const toHeight = (json: unknown): number => read(z.object({ height: z.number() }), json).height;
export const toStakeUallo = (json: unknown): bigint =>
  BigInt(read(z.object({ stakeUallo: z.string() }), json).stakeUallo);
export const toFacts = (json: unknown): Record<string, unknown> => read(messageJson, json);

export function toEpoch(json: unknown): Epoch {
  const { topicId, nonce, inference, losses, scores, rewards } = read(epochShape, json);
  return {
    topicId,
    nonce,
    inference: optional(NetworkInference, inference),
    losses: optional(NetworkLosses, losses),
    scores: optional(EpochScores, scores),
    rewards: optional(EpochRewards, rewards),
  };
}
