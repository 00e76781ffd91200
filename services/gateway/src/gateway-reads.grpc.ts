import {
  Bar,
  type GatewayService,
  Inference,
  InferencePoint,
  type TopicStanding,
  WorkerPart,
} from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { roleFromJSON, Topic, windowStageFromJSON } from '@allora/contracts/gen/allora/topics/v1/topics';
import { getInference, inferenceQuery, listBars, listInferences } from '@allora/public-api/routes/inferences';
import { getTopic, listTopics } from '@allora/public-api/routes/topics';
import type { GrpcImplementation } from '@allora/service-kit/grpc-host';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import type { z } from 'zod';
import { cursorOf } from './history/cursor';
import type { InferenceReads } from './inference-reads';
import type { TopicReads } from './topic-reads';
import type { TopicView } from './topic-view';

type Reads = Omit<GrpcImplementation<typeof GatewayService>, 'getSubmission' | 'streamEvents'>;

type Given = string | number | boolean | readonly number[] | undefined;

/** One set of rules for both doors: a message is read by the schema of the route that says the same. */
function parsed<S extends z.ZodObject>(schema: S, fields: Readonly<Record<string, Given>>): z.output<S> {
  const texts = Object.entries(fields).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
    return text === '' ? [] : [[name, text]];
  });
  return new ZodPipe(schema).transform(Object.fromEntries(texts));
}

const limitOf = (limit: number): number | undefined => (limit === 0 ? undefined : limit);

/** Fields that a message and an answer of HTTP share have one name, so that the one is read out of the other. */
export const gatewayReads = (topics: TopicReads, inferences: InferenceReads): Reads => ({
  listTopics: async ({ limit, ...filter }) => {
    const found = await topics.list(parsed(listTopics.query, { ...filter, limit: limitOf(limit) }));
    return { topics: found.topics.map(standing), next: found.next ?? undefined };
  },
  getTopic: async ({ topicId }) => {
    const { id } = parsed(getTopic.params, { id: topicId });
    return { topic: standing(await topics.one(id)) };
  },
  getLatestInference: async ({ topicId, percentiles }) => {
    const { id } = parsed(getTopic.params, { id: topicId });
    const { answer } = await inferences.latest(id, parsed(inferenceQuery, { percentiles }));
    return { inference: Inference.fromJSON(answer) };
  },
  getInference: async ({ topicId, nonce: asked, percentiles }) => {
    const { id, nonce } = parsed(getInference.params, { id: topicId, nonce: asked });
    const { answer } = await inferences.at(id, nonce, parsed(inferenceQuery, { percentiles }));
    return { inference: Inference.fromJSON(answer) };
  },
  listInferences: async ({ topicId, fromMs, toMs, oldestFirst, after: place, limit }) => {
    const { id } = parsed(getTopic.params, { id: topicId });
    const order = oldestFirst ? 'oldest' : 'newest';
    const range = { from: fromMs, to: toMs, order, after: place, limit: limitOf(limit) };
    const { after, ...query } = parsed(listInferences.query, range);
    const page = await inferences.history(id, {
      ...query,
      after: after === undefined ? undefined : cursorOf(after),
    });
    return {
      inferences: page.inferences.map((point) => InferencePoint.fromJSON(point)),
      next: page.next ?? '',
    };
  },
  listBars: async ({ topicId, interval, fromMs, toMs, limit }) => {
    const { id } = parsed(getTopic.params, { id: topicId });
    const asked = { interval, from: fromMs, to: toMs, limit: limitOf(limit) };
    const { bars, next } = await inferences.bars(id, parsed(listBars.query, asked));
    return { bars: bars.map((bar) => Bar.fromJSON(bar)), next: next ?? undefined };
  },
  listWorkers: async ({ topicId, nonce: asked }) => {
    const { id, nonce } = parsed(getInference.params, { id: topicId, nonce: asked });
    const { answer } = await inferences.workers(id, nonce);
    return { workers: answer.workers.map((worker) => WorkerPart.fromJSON(worker)) };
  },
});

const standing = ({ latestNonce, openWindows, ...topic }: TopicView): TopicStanding => ({
  topic: Topic.fromPartial(topic),
  latestNonce: latestNonce ?? undefined,
  openWindows: openWindows.map(({ role, stage, ...window }) => ({
    topicId: topic.id,
    ...window,
    role: roleFromJSON(`ROLE_${role.toUpperCase()}`),
    stage: windowStageFromJSON(`WINDOW_STAGE_${stage.toUpperCase()}`),
  })),
});
