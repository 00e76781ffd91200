import { problemOf, refusalOf } from '@allora/service-kit/refusal';
import type { bulkAnswer } from '@allora/public-api/schemas/submission';
import type { z } from 'zod';
import type { Outcome } from './pending';
import { receiptJson } from './receipt-json';

export type BulkAnswer = z.output<typeof bulkAnswer>;
/** What becomes of one member: a receipt, or why there is none. */
export type BulkResult = BulkAnswer['results'][number];

export const toBulkResult = (outcome: Outcome, requestId: string): BulkResult => {
  if (!(outcome instanceof Error)) return { status: 202, receipt: receiptJson(outcome) };
  const problem = problemOf(refusalOf(outcome), requestId);
  return { status: problem.status, problem };
};
