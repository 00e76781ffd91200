import type { Attributes, Span, SpanContext } from '@opentelemetry/api';
import type { BusTracing, Handling, Telling } from '@allora/bus/tracing';
import { busTopics } from '@allora/contracts/catalog';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { CommonConfig } from '../common-config';
import { currentWork, within, type WorkSpan } from '../work';
import { type Epoch, epochOf } from './epoch-trace';
import { failed, RequestSpan } from './request-span';
import type { Spans } from './spans';
import { readTraceParent, traceParentOf } from './trace-parent';

export type TracingConfig = Pick<
  CommonConfig,
  'chainId' | 'otelExporterOtlpEndpoint' | 'otelTracesSamplerArg'
>;

/** A submission between its arrival and its answer. */
export interface Acceptance {
  readonly traceParent: string;
  /** With the code of the refusal, if it was refused. */
  end(code?: string): void;
}

/** A batch can be made of thousands of messages. */
const maxLinks = 64;
const maxTracesOfBatch = 16;

const nothing = { traceParent: '', end: () => undefined };

/**
 * Follows submissions through the network: every span that is about an epoch is in the epoch's own trace, on all services, from
 * the requests that brought its submissions to the payout. Without a collector it only tells the log what the work is about.
 */
export class Tracing implements BusTracing {
  private constructor(private readonly spans: Spans | undefined) {}

  static readonly off = new Tracing(undefined);

  /** What makes and sends spans is loaded only where they are asked for. */
  static async open(service: string, config: TracingConfig): Promise<Tracing> {
    const { otelExporterOtlpEndpoint: endpoint, otelTracesSamplerArg: ratio, chainId } = config;
    if (endpoint === undefined) return Tracing.off;
    const { Spans } = await import('./spans');
    return new Tracing(new Spans({ service, chainId, endpoint, ratio }));
  }

  get isOn(): boolean {
    return this.spans !== undefined;
  }

  async close(): Promise<void> {
    await this.spans?.close();
  }

  /** Of an HTTP request or a gRPC call; undefined when nothing is traced. */
  request(name: string, traceParent: string | undefined, isQuiet?: boolean): RequestSpan | undefined {
    return this.spans && new RequestSpan(this.spans, { name, caller: readTraceParent(traceParent), isQuiet });
  }

  accepting(log: string, { topicId, nonce }: Epoch, author: string): Acceptance {
    const { spans } = this;
    if (!spans) return nothing;
    const epoch = spans.epoch({ topicId, nonce });
    const asked = currentWork()?.span;
    const from = asked instanceof RequestSpan ? asked.join(epoch) : asked?.context;
    const attributes = { ...epochAttributes({ topicId, nonce }), 'allora.author': author };
    const span = spans.begin(`accept ${log}`, {
      kind: 'internal',
      attributes,
      ...below(epoch, from ? [from] : []),
    });
    const end = (code?: string) => {
      if (code !== undefined) span.setAttribute('allora.refused', code);
      span.end();
    };
    return { traceParent: traceParentOf(span.spanContext()), end };
  }

  telling(topic: string, message: unknown, causes: readonly string[] = []): Telling {
    const { spans } = this;
    if (!spans) return nothing;
    const epoch = epochOf(message);
    const present = currentWork()?.span;
    if (!epoch && !present) return nothing;
    const from = causes.flatMap((cause) => readTraceParent(cause) ?? []).slice(0, maxLinks);
    if (present) from.push(present.context);
    const span = epoch
      ? this.tellOfEpoch(spans, { topic, message, epoch, from })
      : spans.begin(`publish ${topic}`, { kind: 'producer', parent: from[0], attributes: onTopic(topic) });
    return { traceParent: traceParentOf(span.spanContext()), end: () => span.end() };
  }

  handling(what: Handling, run: () => Promise<boolean>): Promise<boolean> {
    const epoch = epochOf(what.deliveries[0]?.message);
    const begun = this.spans ? processing(this.spans, what, epoch) : [];
    return within({ ...epoch, span: begun[0] && spanOf(begun[0]) }, async () => {
      let applied = false;
      try {
        return (applied = await run());
      } finally {
        for (const span of begun) {
          if (!applied) span.setStatus({ code: failed });
          span.end();
        }
      }
    });
  }

  private tellOfEpoch(
    spans: Spans,
    { topic, message, epoch, from }: Told & { readonly epoch: Epoch; readonly from: readonly SpanContext[] },
  ): Span {
    const attributes = { ...onTopic(topic), ...epochAttributes(epoch) };
    if (isFirstOfEpoch(topic, message))
      return spans.beginEpoch(epoch, { kind: 'producer', links: from, attributes });
    const place = below(spans.epoch(epoch), from);
    return spans.begin(`publish ${topic}`, { kind: 'producer', attributes, ...place });
  }
}

interface Told {
  readonly topic: string;
  readonly message: unknown;
}

/** Work on what came of several epochs is a span of each. */
function processing(
  spans: Spans,
  { service, topic, deliveries }: Handling,
  epoch: Epoch | undefined,
): Span[] {
  const traces = new Map<string, SpanContext[]>();
  for (const { traceParent } of deliveries) {
    const context = readTraceParent(traceParent);
    if (!context) continue;
    const known = traces.get(context.traceId);
    if (!known) traces.set(context.traceId, [context]);
    else if (known.length <= maxLinks && known.every(({ spanId }) => spanId !== context.spanId))
      known.push(context);
  }
  const attributes: Attributes = {
    ...onTopic(topic),
    'messaging.consumer.group.name': service,
    'messaging.batch.message_count': deliveries.length,
    ...(epoch ? epochAttributes(epoch) : {}),
  };
  return [...traces.values()]
    .slice(0, maxTracesOfBatch)
    .map(([parent, ...links]) =>
      spans.begin(`process ${topic}`, { kind: 'consumer', parent, links, attributes }),
    );
}

const spanOf = (span: Span): WorkSpan => ({ isBegun: true, context: span.spanContext() });

/** In the epoch's trace: below the first of these that is in it; the others are linked. */
function below(epoch: SpanContext, from: readonly SpanContext[]) {
  const parent = from.find(({ traceId }) => traceId === epoch.traceId) ?? epoch;
  return { parent, links: from.filter((context) => context !== parent) };
}

const isFirstOfEpoch = (topic: string, message: unknown): boolean =>
  topic === busTopics.epochs.name &&
  (message as { readonly phase?: unknown }).phase === EpochPhase.WORKER_WINDOW_OPENED;

const onTopic = (topic: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
});

const epochAttributes = ({ topicId, nonce }: Epoch): Attributes => ({
  'allora.topic_id': topicId,
  'allora.nonce': nonce,
});
