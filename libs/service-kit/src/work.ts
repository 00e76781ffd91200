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

/** Contexts are part of a promise from then on. */
const CHEAP_SINCE_NODE = 24;

const present = new AsyncLocalStorage<Work | undefined>();

let isKept = true;

/**
 * Of the whole process, before its first work. Where Node's version keeps such contexts by hooks, the first of them makes all
 * that follows dearer: reads that take 25 us by some 8 us.
 */
export function keepWork(setting: 'auto' | 'on' | 'off', isTraced: boolean): void {
  const isCheap = Number(process.versions.node.split('.', 1)[0]) >= CHEAP_SINCE_NODE;
  isKept = setting === 'on' || (setting === 'auto' && (isTraced || isCheap));
}

export const currentWork = (): Work | undefined => present.getStore();

/** Whatever `run` begins, and what that begins, is for this work. */
export const within = <R>(work: Work, run: () => R): R => (isKept ? present.run(work, run) : run());

/** For what one request starts on behalf of many. */
export const outsideWork = <R>(run: () => R): R => (isKept ? present.run(undefined, run) : run());

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
