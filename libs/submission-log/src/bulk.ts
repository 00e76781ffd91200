import { type Problem, problemOf, refusalOf } from '@allora/service-kit/refusal';
import { z } from 'zod';
import type { Outcome } from './pending';
import { receiptJson, type ReceiptJson } from './receipt-json';

/** What becomes of one member: a receipt, or why there is none. */
export type BulkResult =
  | { readonly status: 202; readonly receipt: ReceiptJson }
  | { readonly status: number; readonly problem: Problem };

export interface BulkAnswer {
  /** One for each item, in their order. */
  readonly results: readonly BulkResult[];
}

/** Only the envelope is judged as a whole; what the items are is for each of them to answer. */
export const bulkForm = (maxItems: number) =>
  z.strictObject({ items: z.array(z.unknown()).min(1).max(maxItems) });

export const toBulkResult = (outcome: Outcome, requestId: string): BulkResult => {
  if (!(outcome instanceof Error)) return { status: 202, receipt: receiptJson(outcome) };
  const problem = problemOf(refusalOf(outcome), requestId);
  return { status: problem.status, problem };
};
