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

const envelopeShape = z.looseObject({
  request_id: z.string().min(1),
  status: z.boolean(),
  apiResponseMessage: z.string().optional(),
  data: z.unknown(),
});

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: z.output<typeof envelopeShape>;
}

export class CompatClient {
  constructor(
    private readonly base: string,
    private readonly key: string | undefined = undefined,
  ) {}

  async get<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S>> {
    const response = await this.fetch(path);
    const body = envelopeShape.parse(await response.json());
    if (response.status !== 200) throw new Error(`status=${response.status} body=${JSON.stringify(body)}`);
    if (!body.status) throw new Error('an answer of 200 that says it failed');
    return shape.parse(body.data);
  }

  /** For what is to fail: the answer, which is JSON whatever failed. */
  async refused(path: string, init: RequestInit = {}): Promise<Refusal> {
    const response = await this.fetch(path, init);
    const body = envelopeShape.parse(await response.json());
    return { status: response.status, headers: response.headers, body };
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
