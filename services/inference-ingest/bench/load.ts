import {
  InferenceIngestService,
  type SubmitStreamRequest,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import autocannon from 'autocannon';
import { TOPIC_ID, type SignedInference } from './submissions';

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const BULK_ITEMS = 1_000;
const STREAMS = 4;
/** Submissions without an outcome, of one stream. */
const STREAM_WINDOW = 500;

interface HttpLoad {
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
  readonly bodies: readonly string[];
}

/** Each connection sends its own share of the bodies, one after the answer to another. */
async function overHttp({ url, connections, durationMs, bodies }: HttpLoad): Promise<Load> {
  const share = Math.floor(bodies.length / connections);
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: durationMs / 1_000,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    setupClient: (client) => {
      const from = next++ * share;
      client.setRequests(bodies.slice(from, from + share).map((body) => ({ body })));
    },
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} answers of ${url} are no 2xx, ${result.errors} requests failed`);
  const answers = result['2xx'];
  return { perSecond: answers / result.duration, p50: result.latency.p50, p99: result.latency.p99 };
}

export const singly = (url: string, durationMs: number, submissions: readonly SignedInference[]) =>
  overHttp({
    url: `${url}/v1/topics/${TOPIC_ID}/inferences`,
    connections: 256,
    durationMs,
    bodies: submissions.map(({ json }) => json),
  });

/** The same bodies to a door that does nothing with them. */
export const emptyPosts = (url: string, durationMs: number, submissions: readonly SignedInference[]) =>
  overHttp({ url, connections: 256, durationMs, bodies: submissions.map(({ json }) => json) });

export async function inBulk(
  url: string,
  durationMs: number,
  submissions: readonly SignedInference[],
): Promise<Load> {
  const bodies = Array.from({ length: Math.floor(submissions.length / BULK_ITEMS) }, (_, i) => {
    const items = submissions.slice(i * BULK_ITEMS, (i + 1) * BULK_ITEMS).map(({ json }) => json);
    return `{"items":[${items.join(',')}]}`;
  });
  const load = await overHttp({
    url: `${url}/v1/topics/${TOPIC_ID}/inferences/bulk`,
    connections: 4,
    durationMs,
    bodies,
  });
  return { ...load, perSecond: load.perSecond * BULK_ITEMS };
}

export async function inStreams(
  address: string,
  durationMs: number,
  submissions: readonly SignedInference[],
): Promise<Load> {
  const share = Math.floor(submissions.length / STREAMS);
  const began = performance.now();
  const until = began + durationMs;
  const latencies = await Promise.all(
    Array.from({ length: STREAMS }, (_, i) =>
      oneStream(address, until, submissions.slice(i * share, (i + 1) * share)),
    ),
  );
  const sorted = latencies.flat().sort((a, b) => a - b);
  const at = (portion: number) => sorted[Math.floor((sorted.length - 1) * portion)]!;
  const seconds = (performance.now() - began) / 1_000;
  return { perSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99) };
}

/** Milliseconds from each message to its receipt. */
async function oneStream(
  address: string,
  until: number,
  submissions: readonly SignedInference[],
): Promise<number[]> {
  const channel = openGrpcChannel(InferenceIngestService, () => address);
  const stream = channel.client.submitStream();
  const sentAt = new Float64Array(submissions.length);
  const latencies: number[] = [];
  let sent = 0;
  const send = () => {
    const { payload, publicKey, signature } = submissions[sent]!;
    const request: SubmitStreamRequest = { sequence: sent, signed: { payload, publicKey, signature } };
    sentAt[sent] = performance.now();
    void stream.write(request);
    sent += 1;
  };
  for (let i = 0; i < STREAM_WINDOW; i++) send();
  for await (const { outcomes } of stream) {
    const now = performance.now();
    for (const { sequence, result } of outcomes) {
      if (result?.$case !== 'receipt') throw new Error(`refused: ${JSON.stringify(result?.value)}`);
      latencies.push(now - sentAt[sequence]!);
      if (now < until && sent < submissions.length) send();
    }
    if (latencies.length === sent) break;
  }
  stream.end();
  channel.close();
  return latencies;
}
