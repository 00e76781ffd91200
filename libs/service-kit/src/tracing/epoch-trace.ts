import { createHash } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';

export interface Epoch {
  readonly topicId: number;
  readonly nonce: number;
}

const sampled = 1;

/**
 * The root of an epoch's trace. Its ids follow from the epoch, so that every process names the same trace without being told:
 * an epoch is made of many submissions, and each of its steps is taken by whichever input comes last.
 */
export function epochTrace(chainId: string, { topicId, nonce }: Epoch): SpanContext {
  const hash = createHash('sha256').update(`allora epoch ${chainId}/${topicId}/${nonce}`).digest('hex');
  const [traceId, spanId] = [hash.slice(0, 32), hash.slice(32, 48)];
  return { traceId, spanId, traceFlags: sampled, isRemote: true };
}

interface Told {
  readonly topicId?: unknown;
  readonly nonce?: unknown;
  /** Of a group of submissions. */
  readonly nonces?: readonly unknown[];
  /** Of a submissions log. */
  readonly record?: { readonly value?: Told } | undefined;
}

/** The epoch that a message of the bus is about; a group of submissions counts for that of its first. */
export function epochOf(message: unknown): Epoch | undefined {
  const told = Object(message) as Told;
  const { topicId, nonce, nonces } = told.record?.value ?? told;
  const of = nonce ?? nonces?.[0];
  return typeof topicId === 'number' && typeof of === 'number' ? { topicId, nonce: of } : undefined;
}
