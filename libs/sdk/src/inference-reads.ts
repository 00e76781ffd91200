import * as decode from './decode-inferences';
import type * as t from './inference-types';
import type { Link } from './link';

export interface InferenceReads {
  /** One page of the topics that fit. */
  findTopics(filter?: t.TopicFilter): Promise<t.TopicPage>;
  /** The latest network inference with how much it is worth, and with values at the asked percentiles. */
  judgedInference(topicId: number, options?: t.InferenceOptions): Promise<decode.JudgedInference>;
  /** The same of one epoch, judged as of its own time. */
  inferenceAt(topicId: number, nonce: number, options?: t.InferenceOptions): Promise<decode.JudgedInference>;
  /** One page of the history. */
  inferences(topicId: number, options?: t.HistoryOptions): Promise<t.InferencePage>;
  /** The whole history that fits, page by page. */
  allInferences(topicId: number, options?: t.HistoryOptions): AsyncIterable<t.InferencePoint>;
  bars(topicId: number, options: t.BarsOptions): Promise<t.BarsPage>;
  /** Value, weight, regret and score of everybody in an epoch. */
  workers(topicId: number, nonce: number): Promise<t.WorkerValue[]>;
}

type QueryValue = string | number | boolean | readonly number[] | undefined;

export function inferenceReads({ urls, get }: Link): InferenceReads {
  const topics = `${urls.gateway}/v1/topics`;
  const inferences = async (topicId: number, options: t.HistoryOptions = {}): Promise<t.InferencePage> =>
    decode.toInferencePage(await get(`${topics}/${topicId}/history${query({ ...options })}`));
  return {
    findTopics: async (filter = {}) => decode.toTopicPage(await get(`${topics}${query({ ...filter })}`)),
    judgedInference: async (topicId, options = {}) =>
      decode.toJudgedInference(await get(`${topics}/${topicId}/inference${query({ ...options })}`)),
    inferenceAt: async (topicId, nonce, options = {}) =>
      decode.toJudgedInference(await get(`${topics}/${topicId}/inference/${nonce}${query({ ...options })}`)),
    inferences,
    async *allInferences(topicId, options = {}) {
      for (let { after } = options; ;) {
        const page = await inferences(topicId, { ...options, ...(after === undefined ? {} : { after }) });
        yield* page.inferences;
        if (page.next === null) return;
        after = page.next;
      }
    },
    bars: async (topicId, options) =>
      decode.toBars(await get(`${topics}/${topicId}/bars${query({ ...options })}`)),
    workers: async (topicId, nonce) =>
      decode.toWorkers(await get(`${topics}/${topicId}/inference/${nonce}/workers`)),
  };
}

function query(fields: Readonly<Record<string, QueryValue>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
