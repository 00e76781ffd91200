import { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { z } from 'zod';
import { AlloraError } from './errors';
import type { Epoch, LatestInference, Registered, Windows } from './types';

const role = z.enum(['worker', 'reputer']);
const messageJson = z.record(z.string(), z.unknown());
const maybeMessage = messageJson.nullish();

const windowsShape = z.object({
  topicId: z.number(),
  height: z.number(),
  windows: z.array(z.object({ nonce: z.number(), role, openedHeight: z.number(), closesHeight: z.number() })),
});
const registeredShape = z.object({ topicId: z.number(), address: z.string(), role, height: z.number() });
const epochShape = z.object({
  topicId: z.number(),
  nonce: z.number(),
  inference: maybeMessage,
  losses: maybeMessage,
  scores: maybeMessage,
  rewards: maybeMessage,
});

const known = z.number().nullable();
const derivedShape = z.object({
  effectiveWorkers: known,
  interval68: z.tuple([z.number(), z.number()]).nullable(),
  interval95: z.tuple([z.number(), z.number()]).nullable(),
  times: z.object({ workerWindowOpenedMs: known, workerWindowClosedMs: known, inferenceMs: known }),
});

function read<T>(shape: z.ZodType<T>, json: unknown): T {
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
export const toReceipt = (json: unknown): Receipt => message(Receipt, json);
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
