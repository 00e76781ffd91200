import type { Attributes, Span, SpanContext, SpanStatusCode } from '@opentelemetry/api';
import type { WorkSpan } from '../work';
import type { Spans } from './spans';

/** As a number, so that the library is not loaded for it. */
export const failed = 2 satisfies SpanStatusCode.ERROR;

interface RequestOptions {
  readonly name: string;
  /** The caller's own trace context. */
  readonly caller: SpanContext | undefined;
  /** Probes leave none. */
  readonly isQuiet?: boolean | undefined;
}

/**
 * The span of a request. It is begun when first asked for, as of the request's beginning: what a request is about, and with it
 * the trace that it belongs to, is known only when its body has been read.
 */
export class RequestSpan implements WorkSpan {
  private readonly startMs = Date.now();
  private span: Span | undefined;

  constructor(
    private readonly spans: Spans,
    private readonly options: RequestOptions,
  ) {}

  get isBegun(): boolean {
    return this.span !== undefined;
  }

  get context(): SpanContext {
    return this.begin(this.options.caller).spanContext();
  }

  /** Takes the request into the epoch's trace, unless its caller has one of its own. */
  join(epoch: SpanContext): SpanContext {
    return this.begin(this.options.caller ?? epoch).spanContext();
  }

  end(attributes: Attributes, failure?: string): void {
    if (!this.span && this.options.isQuiet) return;
    const span = this.begin(this.options.caller).setAttributes(attributes);
    if (failure !== undefined) span.setStatus({ code: failed, message: failure });
    span.end();
  }

  private begin(parent: SpanContext | undefined): Span {
    const { name } = this.options;
    return (this.span ??= this.spans.begin(name, { kind: 'server', parent, startMs: this.startMs }));
  }
}
