import type { SpanContext } from '@opentelemetry/api';

export const traceParentHeader = 'traceparent';

/** `00-<trace id>-<span id>-<flags>`, of W3C Trace Context. */
export const traceParentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

/** Undefined for what is none: a trace context is a courtesy. */
export function readTraceParent(text: string | undefined): SpanContext | undefined {
  const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text ?? '');
  if (!parts) return undefined;
  const [, traceId, spanId, flags] = parts as unknown as [string, string, string, string];
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
