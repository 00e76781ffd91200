import { z } from 'zod';
import type { Sealed } from '@allora/sdk/commit-reveal';
import type { ForecastRequest, InferenceRequest, LossesRequest } from '@allora/sdk/types';
import type { Disk } from './atomic-file';

export type EntryKind = 'inference' | 'forecast' | 'losses';
export type EntryRequest = InferenceRequest | ForecastRequest | LossesRequest;

/**
 * sending: decided, and perhaps with the network; committed: its commitment is; accepted, refused: the network's last word;
 * missed: its window closed before there was one.
 */
export type EntryState = 'sending' | 'committed' | 'accepted' | 'refused' | 'missed';

/** What this identity has said, or is about to say, at a nonce. The request of an entry never changes. */
export interface JournalEntry {
  readonly kind: EntryKind;
  readonly topicId: number;
  readonly nonce: number;
  readonly state: EntryState;
  readonly request: EntryRequest;
  /** In topics with a reveal window: without it the value could not be revealed. */
  readonly sealed?: Sealed<InferenceRequest> | Sealed<ForecastRequest> | undefined;
  /** Of the receipt. */
  readonly hash?: string | undefined;
  readonly error?: string | undefined;
  readonly atMs: number;
}

const entryShape = z.object({
  kind: z.enum(['inference', 'forecast', 'losses']),
  topicId: z.number(),
  nonce: z.number(),
  state: z.enum(['sending', 'committed', 'accepted', 'refused', 'missed']),
  request: z.custom<EntryRequest>((value) => typeof value === 'object' && value !== null),
  sealed: z.custom<Sealed<InferenceRequest>>((value) => typeof value === 'object').optional(),
  hash: z.string().optional(),
  error: z.string().optional(),
  atMs: z.number(),
});
const fileShape = z.object({
  version: z.literal(1),
  network: z.string(),
  address: z.string(),
  entries: z.array(entryShape),
});

export interface JournalOptions {
  readonly file: string;
  readonly disk: Disk;
  /** What tells this network from all others: chain id and network key. Entries of another one say nothing here. */
  readonly network: string;
  /** The same network, by the keys that it signs with at other times. */
  readonly formerly?: readonly string[];
  readonly address: string;
  /** Entries kept of a topic and kind. */
  readonly keptEntries?: number;
}

const DEFAULT_KEPT = 100;
const keyOf = ({ kind, topicId, nonce }: Pick<JournalEntry, 'kind' | 'topicId' | 'nonce'>): string =>
  `${kind} ${topicId} ${nonce}`;

/**
 * What an identity has said, on disk before it is sent. Whoever is killed at any moment finds here what may have gone out, and
 * sends that again and nothing else.
 */
export class Journal {
  private readonly entries = new Map<string, JournalEntry>();
  private writing: Promise<void> | undefined;
  private nextWrite: Promise<void> | undefined;

  private constructor(private readonly options: JournalOptions) {}

  static async open(options: JournalOptions): Promise<Journal> {
    const journal = new Journal(options);
    const text = await options.disk.read(options.file);
    if (text !== null) journal.load(text);
    return journal;
  }

  get(kind: EntryKind, topicId: number, nonce: number): JournalEntry | undefined {
    return this.entries.get(keyOf({ kind, topicId, nonce }));
  }

  /** Of a topic and kind, oldest nonce first. */
  list(kind: EntryKind, topicId: number): JournalEntry[] {
    return [...this.entries.values()]
      .filter((entry) => entry.kind === kind && entry.topicId === topicId)
      .sort((a, b) => a.nonce - b.nonce);
  }

  /** Resolves when it is on disk. A second request for one nonce is a mistake of the caller, and throws. */
  async put(entry: JournalEntry): Promise<void> {
    const standing = this.entries.get(keyOf(entry));
    if (standing && JSON.stringify(standing.request) !== JSON.stringify(entry.request)) {
      throw new Error(
        `another ${entry.kind} stands in the journal for nonce ${entry.nonce} of topic ${entry.topicId}`,
      );
    }
    this.entries.set(keyOf(entry), entry);
    this.drop(entry);
    await this.flush();
  }

  private drop({ kind, topicId }: JournalEntry): void {
    const list = this.list(kind, topicId);
    const { keptEntries = DEFAULT_KEPT } = this.options;
    for (const old of list.slice(0, Math.max(0, list.length - keptEntries))) this.entries.delete(keyOf(old));
  }

  /** Those who come while a write is under way share the next one. */
  private flush(): Promise<void> {
    if (!this.writing) {
      this.writing = this.write().finally(() => (this.writing = undefined));
      return this.writing;
    }
    this.nextWrite ??= this.writing
      .catch(() => undefined)
      .then(() => {
        this.nextWrite = undefined;
        return this.flush();
      });
    return this.nextWrite;
  }

  private write(): Promise<void> {
    const { file, disk, network, address } = this.options;
    const content = { version: 1, network, address, entries: [...this.entries.values()] };
    return disk.replace(file, `${JSON.stringify(content)}\n`);
  }

  private load(text: string): void {
    const { file, network, formerly = [], address } = this.options;
    const content = fileShape.safeParse(parsed(text));
    if (!content.success || content.data.address !== address) {
      throw new Error(
        `${file} is no journal of ${address}; move it away only while none of its submissions' windows is open`,
      );
    }
    if (![network, ...formerly].includes(content.data.network)) return;
    for (const entry of content.data.entries) this.entries.set(keyOf(entry), entry);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
