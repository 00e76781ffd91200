import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { type Epoch, epochTrace } from './epoch-trace';

const kinds = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

export interface SpanOptions {
  readonly kind: keyof typeof kinds;
  readonly parent?: SpanContext | undefined;
  readonly links?: readonly SpanContext[];
  readonly startMs?: number;
  readonly attributes?: Attributes;
}

interface SpansOptions {
  readonly service: string;
  readonly chainId: string;
  /** Base address of an OTLP collector. */
  readonly endpoint: string;
  /** Share of traces that are kept, whole ones: the ids decide. */
  readonly ratio: number;
}

/** A window's submissions come at once; what exceeds the queue is dropped. */
const exportLimits = { scheduledDelayMillis: 1_000, maxQueueSize: 8_192, maxExportBatchSize: 1_024 };
const closeLimitMs = 2_000;

/** Hands out random ids, and once, on demand, the ids of an epoch's root. */
class Ids implements IdGenerator {
  private readonly random = new RandomIdGenerator();
  private given: SpanContext | undefined;

  generateTraceId = (): string => this.given?.traceId ?? this.random.generateTraceId();
  generateSpanId = (): string => this.given?.spanId ?? this.random.generateSpanId();

  as<R>(given: SpanContext, begin: () => R): R {
    this.given = given;
    try {
      return begin();
    } finally {
      this.given = undefined;
    }
  }
}

/** Spans of this process on their way to a collector; what it does not take is dropped. Apart from OpenTelemetry's globals. */
export class Spans {
  private readonly ids = new Ids();
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;
  private readonly chainId: string;

  constructor({ service, chainId, endpoint, ratio }: SpansOptions) {
    this.chainId = chainId;
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': `allora/${chainId}` }),
      sampler: new TraceIdRatioBasedSampler(ratio),
      idGenerator: this.ids,
      spanProcessors: [new BatchSpanProcessor(exporter, exportLimits)],
    });
    this.tracer = this.provider.getTracer('allora');
  }

  epoch(epoch: Epoch): SpanContext {
    return epochTrace(this.chainId, epoch);
  }

  begin(name: string, { kind, parent, links = [], startMs, attributes = {} }: SpanOptions): Span {
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    const options = {
      kind: kinds[kind],
      links: links.map((link): Link => ({ context: link })),
      attributes,
      ...(startMs === undefined ? {} : { startTime: startMs }),
    };
    return this.tracer.startSpan(name, options, context);
  }

  /** The one span that all others of an epoch go back to. */
  beginEpoch(epoch: Epoch, options: Omit<SpanOptions, 'parent'>): Span {
    return this.ids.as(this.epoch(epoch), () => this.begin('epoch', options));
  }

  /** Sends what is left, to a collector that takes it: a stop does not wait for one that is away. */
  async close(): Promise<void> {
    const sent = this.provider.shutdown().catch(() => undefined);
    await Promise.race([sent, sleep(closeLimitMs)]);
  }
}
