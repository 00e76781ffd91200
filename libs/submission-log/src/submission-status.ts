import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Database } from '@allora/store/database';
import { z } from 'zod';
import type { RecentSubmissions } from './recent-submissions';
import type { StoredSubmission, SubmissionsStore } from './submissions.store';

/** A submission's hash in a path. */
export const hashText = z.string().regex(/^[0-9a-f]{64}$/, 'expected 32 bytes in lower-case hex');

export interface SubmissionStatus {
  readonly hash: string;
  readonly topicId: number;
  readonly nonce: number;
  readonly author: string;
  /** accepted: on the log, its window not sealed yet; in_set: before the seal; late: behind it, and so not counted. */
  readonly state: 'accepted' | 'in_set' | 'late';
  readonly position: { readonly partition: number; readonly offset: number };
  readonly acceptedAtMs: number;
}

export function statusOf({ receipt, late, sealed }: StoredSubmission): SubmissionStatus {
  const { logPartition: partition, logOffset: offset, acceptedAtMs, ...named } = receipt;
  const state = late ? 'late' : sealed ? 'in_set' : 'accepted';
  return { ...named, state, position: { partition, offset }, acceptedAtMs };
}

interface StatusSources {
  readonly database: Database;
  readonly submissions: SubmissionsStore;
  readonly recent: RecentSubmissions;
}

/** Undefined for what never came, and for what another submission of its author overtook on the log. */
export async function findStatus(
  { database, submissions, recent }: StatusSources,
  hash: string,
): Promise<SubmissionStatus | undefined> {
  const receipt = await receiptOf(recent, hash);
  const stored = await submissions.byHash(database.prisma, hash);
  if (stored) return statusOf(stored);
  if (!receipt) return undefined;
  const [facts] = await submissions.lookUp(database.prisma, [receipt]);
  if (facts?.standing && facts.standing.hash !== hash) return undefined;
  // On the log, but not read back: which side of the seal it stands on is not known here.
  return statusOf({ receipt, late: false, sealed: false });
}

/** One whose append fails was never accepted. */
async function receiptOf(recent: RecentSubmissions, hash: string): Promise<Receipt | undefined> {
  try {
    return await recent.withHash(hash)?.receipt;
  } catch {
    return undefined;
  }
}
