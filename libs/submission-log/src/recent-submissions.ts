import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { SubmissionKey } from './submissions.store';

export interface RecentSubmission {
  readonly hash: string;
  /** Rejects when the append failed; the entry is gone by then. */
  readonly receipt: Promise<Receipt>;
}

/**
 * What this replica has put on the log lately, or is putting there: the table learns of it only when the log is read back.
 * A repeat that slips past it (another replica, or an entry dropped for age) is settled by log order.
 */
export class RecentSubmissions {
  private readonly entries = new Map<string, RecentSubmission>();

  constructor(private readonly maxEntries: number) {}

  get(key: SubmissionKey): RecentSubmission | undefined {
    return this.entries.get(text(key));
  }

  /** Keeps the entry until `receipt` fails or `maxEntries` newer ones have come. */
  add(key: SubmissionKey, entry: RecentSubmission): void {
    const name = text(key);
    this.entries.set(name, entry);
    entry.receipt.catch(() => {
      if (this.entries.get(name) === entry) this.entries.delete(name);
    });
    if (this.entries.size <= this.maxEntries) return;
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.entries.delete(oldest.value);
  }
}

const text = ({ topicId, nonce, author }: SubmissionKey): string => `${topicId}/${nonce}/${author}`;
