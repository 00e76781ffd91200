import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { type Problem, problemOf, refusalOf } from '@allora/service-kit/refusal';
import { z } from 'zod';

/** What becomes of one member: a receipt, or why there is none. */
export type BulkResult =
  | { readonly status: 202; readonly receipt: Receipt }
  | { readonly status: number; readonly problem: Problem };

export interface BulkAnswer {
  /** One for each item, in their order. */
  readonly results: readonly BulkResult[];
}

/** Only the envelope is judged as a whole; what the items are is for each of them to answer. */
export const bulkForm = (maxItems: number) =>
  z.strictObject({ items: z.array(z.unknown()).min(1).max(maxItems) });

export const toBulkResult = (outcome: PromiseSettledResult<Receipt>, requestId: string): BulkResult => {
  if (outcome.status === 'fulfilled') return { status: 202, receipt: outcome.value };
  const problem = problemOf(refusalOf(outcome.reason), requestId);
  return { status: problem.status, problem };
};
