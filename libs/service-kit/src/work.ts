import { AsyncLocalStorage } from 'node:async_hooks';
import type { SpanContext } from '@opentelemetry/api';

export interface WorkSpan {
  /** False while nothing of it is known to anybody. */
  readonly isBegun: boolean;
  readonly context: SpanContext;
}

/** What the present work is for. */
export interface Work {
  readonly requestId?: string | undefined;
  readonly topicId?: number | undefined;
  readonly nonce?: number | undefined;
  readonly span?: WorkSpan | undefined;
}

const present = new AsyncLocalStorage<Work | undefined>();

export const currentWork = (): Work | undefined => present.getStore();

/** Whatever `run` begins, and what that begins, is for this work. */
export const within = <R>(work: Work, run: () => R): R => present.run(work, run);

/** For what one request starts on behalf of many. */
export const outsideWork = <R>(run: () => R): R => present.run(undefined, run);

/** As a log line carries it. */
export function workFacts(): Record<string, unknown> {
  const work = present.getStore();
  if (!work) return {};
  const { requestId, topicId, nonce, span } = work;
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(topicId === undefined ? {} : { topicId }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(span?.isBegun ? { traceId: span.context.traceId } : {}),
  };
}
