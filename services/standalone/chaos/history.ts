import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';

/** The three submission logs. */
export const logKinds = ['inference', 'forecast', 'loss'] as const;
export type LogKind = (typeof logKinds)[number];

/** What the sender meant to do. */
export type Intent =
  | 'honest'
  /** Other bytes of an author who has sent some for the nonce. */
  | 'conflict'
  /** First sent after the window was asked to close. */
  | 'late'
  | 'bad_signature'
  | 'unregistered'
  | 'malformed';

export const vias = ['rest', 'bulk', 'grpc', 'stream'] as const;
export type Via = (typeof vias)[number];

export type Answer =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** No answer came: it may have been taken, or not. */
  | { readonly kind: 'lost'; readonly reason: string };

export interface Attempt {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly via: Via;
  readonly replica: string;
  readonly answer: Answer;
}

/** Bytes that were sent, and every answer to them. The same bytes are one submission, however often they were sent. */
export interface Submission {
  readonly log: LogKind;
  readonly topicId: number;
  readonly nonce: number;
  readonly author: string;
  /** SHA-256 of the signed bytes, hex. */
  readonly hash: string;
  readonly intent: Intent;
  readonly attempts: Attempt[];
}

/** Refusals that say "not now": nothing is decided. */
const undecided: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'SLOW_READER', 'INTERNAL']);

export const isDefinite = (answer: Answer): boolean =>
  answer.kind === 'receipt' || (answer.kind === 'refused' && !undecided.has(answer.code));

export const receiptOf = ({ attempts }: Submission): Receipt | undefined => {
  for (const { answer } of attempts) if (answer.kind === 'receipt') return answer.receipt;
  return undefined;
};

/** When a window was first known open, and when its end was first asked for, by the driver of the clock. */
export interface WindowTimes {
  readonly openedMs: number;
  readonly closingMs: number;
}

export class History {
  private readonly byHash = new Map<string, Submission>();
  readonly started = Date.now();

  add(submission: Submission): Submission {
    const known = this.byHash.get(submission.hash);
    if (known) return known;
    this.byHash.set(submission.hash, submission);
    return submission;
  }

  get submissions(): Submission[] {
    return [...this.byHash.values()];
  }
}
