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
  /** A hash covers topic, nonce and author: no two entries share one. */
  private readonly byHash = new Map<string, RecentSubmission>();

  constructor(private readonly maxEntries: number) {}

  get(key: SubmissionKey): RecentSubmission | undefined {
    return this.entries.get(text(key));
  }

  withHash(hash: string): RecentSubmission | undefined {
    return this.byHash.get(hash);
  }

  /** Keeps the entry until `receipt` fails or `maxEntries` newer ones have come. */
  add(key: SubmissionKey, entry: RecentSubmission): void {
    const name = text(key);
    const before = this.entries.get(name);
    if (before) this.drop(name, before);
    this.entries.set(name, entry);
    this.byHash.set(entry.hash, entry);
    entry.receipt.catch(() => this.drop(name, entry));
    if (this.entries.size <= this.maxEntries) return;
    const oldest = this.entries.entries().next();
    if (!oldest.done) this.drop(...oldest.value);
  }

  private drop(name: string, entry: RecentSubmission): void {
    if (this.entries.get(name) === entry) this.entries.delete(name);
    if (this.byHash.get(entry.hash) === entry) this.byHash.delete(entry.hash);
  }
}

const text = ({ topicId, nonce, author }: SubmissionKey): string => `${topicId}/${nonce}/${author}`;
