import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { z } from 'zod';
import { read, toInference } from './decode';
import { uallo } from './decode-economy';
import type { BarsPage, InferencePage, Percentile, TopicPage, Trust, WorkerValue } from './inference-types';
import type { LatestInference } from './types';

const maybe = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]).nullable();

export const trustShape = z.object({
  status: z.enum(['fresh', 'stale', 'degraded']),
  reasons: z.array(z.object({ code: z.string(), text: z.string() })),
  ageSeconds: maybe,
  epochsBehind: maybe,
  effectiveWorkers: z.number(),
  intervalWidth: maybe,
  relativeIntervalWidth: maybe,
});

const judgedShape = z.object({
  trust: trustShape,
  outlierResistant: maybe,
  outliers: z.array(z.object({ worker: z.string(), role: z.enum(['inferer', 'forecaster']) })),
  percentiles: z.array(z.object({ percentile: z.number(), value: z.number() })).default([]),
});

/** A network inference, and how much it is worth. */
export interface JudgedInference extends LatestInference {
  readonly trust: Trust;
  /** The combined value without those far from the others, and whose they are. */
  readonly outlierResistant: number | null;
  readonly outliers: readonly { readonly worker: string; readonly role: 'inferer' | 'forecaster' }[];
  /** Those that were asked for. */
  readonly percentiles: readonly Percentile[];
}

const pageShape = z.object({
  topicId: z.number(),
  inferences: z.array(
    z.object({
      nonce: z.number(),
      atMs: z.number(),
      mode: z.string(),
      combined: z.number(),
      naive: maybe,
      outlierResistant: maybe,
      interval68: interval,
      interval95: interval,
      effectiveWorkers: z.number(),
      trust: trustShape,
    }),
  ),
  next: z.string().nullable(),
});

const barsShape = z.object({
  topicId: z.number(),
  interval: z.string(),
  bars: z.array(
    z.object({
      fromMs: maybe,
      toMs: maybe,
      fromNonce: z.number(),
      toNonce: z.number(),
      firstMs: z.number(),
      lastMs: z.number(),
      open: z.number(),
      high: z.number(),
      low: z.number(),
      close: z.number(),
      mean: z.number(),
      count: z.number(),
      intervalWidth: maybe,
    }),
  ),
  next: maybe,
});

const workersShape = z.object({
  workers: z.array(
    z.object({
      worker: z.string(),
      role: z.enum(['inferer', 'forecaster']),
      active: z.boolean(),
      value: z.string().nullable(),
      weight: maybe,
      share: maybe,
      regret: maybe,
      loss: maybe,
      score: maybe,
      emaScore: maybe,
      rank: maybe,
      paidUallo: uallo.nullable(),
    }),
  ),
});

const topicPageShape = z.object({ topics: z.array(z.record(z.string(), z.unknown())), next: maybe });

export const toJudgedInference = (json: unknown): JudgedInference => ({
  ...toInference(json),
  ...read(judgedShape, json),
});
export const toInferencePage = (json: unknown): InferencePage => read(pageShape, json);
export const toBars = (json: unknown): BarsPage => read(barsShape, json);
export const toWorkers = (json: unknown): WorkerValue[] => read(workersShape, json).workers;
export function toTopicPage(json: unknown): TopicPage {
  const { topics, next } = read(topicPageShape, json);
  return { topics: topics.map((topic) => Topic.fromJSON(topic)), next };
}
