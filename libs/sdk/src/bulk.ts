import type { Account } from '@allora/identity/account';
import * as decode from './decode';
import { AlloraError, unreadable } from './errors';
import type { Link } from './link';
import { askedWaitMs, backoffMs, isRetried } from './retry';
import { prove } from './signing';
import { sleep } from './sleep';
import {
  type SubmissionKind,
  submissionBody,
  type SubmissionRequests,
  submissionUrl,
} from './submission-body';
import type { Receipt } from './types';

export interface Authored<R> {
  readonly account: Account;
  readonly request: R;
}

/** What became of one submission of many. */
export type SubmissionOutcome =
  | { readonly receipt: Receipt; readonly refusal: null }
  | { readonly receipt: null; readonly refusal: AlloraError };

/** The services take 1000 submissions and 16 MiB at once unless told otherwise. */
const MAX_ITEMS = 1_000;
const MAX_BYTES = 12 * 1_048_576;

/** A submission on its way: its JSON never changes, so that a repeat is the same bytes. */
interface Item {
  readonly place: number;
  readonly topicId: number;
  readonly json: string;
}

export async function submitInBulk<K extends SubmissionKind>(
  link: Link,
  kind: K,
  submissions: readonly Authored<SubmissionRequests[K]>[],
): Promise<SubmissionOutcome[]> {
  const outcomes: SubmissionOutcome[] = [];
  const items = submissions.map(({ account, request }, place): Item => {
    const { topicId, signed, fields } = submissionBody(kind, account, request);
    return { place, topicId, json: JSON.stringify({ ...fields, ...prove(account, link.chainId, signed) }) };
  });
  const endMs = Date.now() + link.http.deadlineMs;
  let open = items;
  for (let round = 0; ; round += 1) {
    const again: Item[] = [];
    let waitMs: number | null = null;
    for (const chunk of chunks(open)) {
      const answer = await submitChunk(link, kind, chunk);
      chunk.forEach((item, i) => {
        outcomes[item.place] = answer.outcomes[i]!;
        const { refusal } = answer.outcomes[i]!;
        if (!answer.perItem || refusal === null || !isRetried(refusal.status)) return;
        again.push(item);
        waitMs = later(waitMs, askedWaitMs(refusal.facts));
      });
    }
    const pauseMs = backoffMs(round, waitMs, link.http.random);
    if (again.length === 0 || round >= link.http.maxRetries || Date.now() + pauseMs > endMs) return outcomes;
    await sleep(pauseMs);
    open = again;
  }
}

/** As many of one topic as may travel together, in their order. */
function* chunks(items: readonly Item[]): Generator<Item[]> {
  const open = new Map<number, { items: Item[]; bytes: number }>();
  for (const item of items) {
    const bytes = Buffer.byteLength(item.json) + 1;
    let chunk = open.get(item.topicId);
    if (chunk && (chunk.items.length >= MAX_ITEMS || chunk.bytes + bytes > MAX_BYTES)) {
      yield chunk.items;
      chunk = undefined;
    }
    chunk ??= { items: [], bytes: 0 };
    chunk.items.push(item);
    chunk.bytes += bytes;
    open.set(item.topicId, chunk);
  }
  for (const { items: last } of open.values()) yield last;
}

interface ChunkAnswer {
  readonly outcomes: readonly SubmissionOutcome[];
  /** False: the request failed as a whole, and was tried as often as it may be. */
  readonly perItem: boolean;
}

async function submitChunk(link: Link, kind: SubmissionKind, chunk: readonly Item[]): Promise<ChunkAnswer> {
  const url = `${submissionUrl(link.urls, kind, chunk[0]!.topicId)}/bulk`;
  try {
    const body = `{"items":[${chunk.map(({ json }) => json).join(',')}]}`;
    const outcomes = decode.toBulkOutcomes(await link.postText(url, body));
    if (outcomes.length !== chunk.length) throw unreadable(url, `it has ${outcomes.length} results`);
    return { outcomes, perItem: true };
  } catch (error) {
    if (!(error instanceof AlloraError)) throw error;
    return { outcomes: chunk.map(() => ({ receipt: null, refusal: error })), perItem: false };
  }
}

const later = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
