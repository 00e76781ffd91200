import { z } from 'zod';

/** A client written to the documented API: its types, its headers, and what it refuses. */
const digits = z.string().regex(/^-?\d+$/);
const normalized = z.string().regex(/^-?\d+\.\d+$/);

export const topicShape = z.object({
  topic_id: z.int(),
  topic_name: z.string().min(1),
  description: z.string().nullish(),
  epoch_length: z.int(),
  ground_truth_lag: z.int(),
  loss_method: z.string(),
  worker_submission_window: z.int(),
  worker_count: z.int(),
  reputer_count: z.int(),
  total_staked_allo: z.number(),
  total_emissions_allo: z.number(),
  is_active: z.boolean(),
  updated_at: z.iso.datetime({ precision: 3 }),
});

export const topicsPageShape = z.object({
  topics: z.array(topicShape),
  continuation_token: z.string().nullable(),
});

export const inferenceShape = z.object({
  signature: z.string().regex(/^0x[0-9a-f]{130}$/),
  token_decimals: z.number(),
  inference_data: z.object({
    network_inference: digits,
    network_inference_normalized: normalized,
    confidence_interval_percentiles: z.array(digits),
    confidence_interval_percentiles_normalized: z.array(normalized),
    confidence_interval_values: z.array(digits),
    confidence_interval_values_normalized: z.array(normalized),
    topic_id: digits,
    timestamp: z.int(),
    extra_data: z.string().regex(/^0x([0-9a-f]{2})*$/),
  }),
});

const answerShape = z.looseObject({
  request_id: z.string().min(1),
  status: z.literal(true),
  data: z.record(z.string(), z.unknown()),
});

/** Some clients read the status of HTTP, others these fields: what fails says so in both. */
const refusalShape = z.strictObject({
  request_id: z.string().min(1),
  status: z.literal(false),
  apiResponseMessage: z.string().min(1),
  code: z.string().regex(/^[A-Z_]+$/),
  data: z.null(),
});

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: z.output<typeof refusalShape>;
}

type Topic = z.output<typeof topicShape>;

/** Pages after which a client is held to go on for ever. */
const MOST_PAGES = 50;

export class CompatClient {
  constructor(
    private readonly base: string,
    private readonly key: string | undefined = undefined,
  ) {}

  async get<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S>> {
    const response = await this.fetch(path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`status=${response.status} body=${text}`);
    return shape.parse(answerShape.parse(JSON.parse(text)).data);
  }

  /** For what is to fail: the answer, which is in the same form whatever failed. */
  async refused(path: string, init: RequestInit = {}): Promise<Refusal> {
    const response = await this.fetch(path, init);
    const body = refusalShape.parse(await response.json());
    if (response.status < 400) throw new Error(`a refusal with the status ${response.status}`);
    if (body.request_id !== response.headers.get('x-request-id')) throw new Error('another request id');
    return { status: response.status, headers: response.headers, body };
  }

  /** As the TypeScript client asks for all topics: the same address again for as long as there is a token. */
  allTopicsBySameAddress(path: string): Promise<Topic[]> {
    return this.allTopics(path, () => path);
  }

  /** As the Python client does: with the token as it came, nothing escaped. */
  allTopicsByToken(path: string): Promise<Topic[]> {
    return this.allTopics(path, (token) => `${path}?continuation_token=${token}`);
  }

  private async allTopics(path: string, next: (token: string) => string): Promise<Topic[]> {
    const topics: Topic[] = [];
    let asked = path;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await this.get(asked, topicsPageShape);
      topics.push(...page.topics);
      if (!page.continuation_token) return topics;
      asked = next(page.continuation_token);
    }
    throw new Error(`no end after ${MOST_PAGES} pages`);
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(this.key === undefined ? {} : { 'x-api-key': this.key }),
    };
    const response = await fetch(`${this.base}/${path}`, { headers, ...init });
    const type = response.headers.get('content-type') ?? '';
    if (!/^application\/json\b/.test(type)) throw new Error(`answered as ${type}`);
    return response;
  }
}
