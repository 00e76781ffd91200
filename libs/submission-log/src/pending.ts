import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { messageHash } from '@allora/identity/signature';
import { hexOf } from '@allora/identity/hex';
import type { RevealFacts } from '@allora/protocol/ingest/accept-submission';
import type { Submission } from './kind';
import type { KnownAbout } from './known-facts';
import type { Candidate } from './reading';
import type { SignedReceipt } from './receipt-signer';
import type { ReceiptFacts, SubmissionKey } from './receipts.store';
import { type KnownStage, stageFor } from './window-stage';

/** What a submission is answered with; an Error that is no refusal is a failure of ours. */
export type Outcome = SignedReceipt | Error;

export type Settle = (outcome: Outcome) => void;

type Facts = { -readonly [F in keyof RevealFacts]: RevealFacts[F] };

/** What the coordinator owns. */
export type KnowableFact = 'topicKnown' | 'registered' | 'windowOpen' | 'stage';

/** Of what an author can submit once at a door. */
export const nameOf = ({ topicId, nonce, author }: SubmissionKey): string => `${topicId}/${nonce}/${author}`;

/** What a door says of all who enter it. */
export interface Entrance<P extends Submission> {
  readonly body: RevealFacts['body'];
  /** Whether it makes a difference here that a topic has a reveal window. */
  readonly knowsReveals: boolean;
  readonly maxBytes: number;
  /** No work is done for this one any more. */
  readonly onFinished: (pending: Pending<P>) => void;
}

/** A submission on its way through a door. */
export class Pending<P extends Submission = Submission> {
  readonly digest: Uint8Array;
  readonly hash: string;
  readonly name: string;
  readonly facts: Facts;
  /** Rules of its topic, once that is known. */
  params: TopicParams | undefined = undefined;
  /** What stands already, once it was looked up. */
  standing: ReceiptFacts | undefined = undefined;
  /** Others with the same bytes, answered with the same receipt. */
  followers: Pending<P>[] | undefined = undefined;
  /** Waits for the coordinator or for another submission, and is in no group meanwhile. */
  isAside = false;
  isAnswered = false;
  /** A value that may be revealed as soon as all commitments are read back: a matter of moments. */
  isTooEarly = false;
  /** No work is done for it any more. */
  isConcluded = false;
  /** W3C trace context; empty when nobody follows it. */
  traceParent = '';
  private toldToo: Settle | undefined = undefined;
  private waiting: (() => void)[] | undefined = undefined;

  constructor(
    private readonly entrance: Entrance<P>,
    readonly candidate: Candidate<P>,
    readonly key: SubmissionKey,
    readonly expiresMs: number,
    private readonly answer: Settle,
  ) {
    const { payload } = candidate.signed;
    this.digest = messageHash(payload);
    this.hash = hexOf(this.digest);
    this.name = nameOf(key);
    this.facts = {
      body: entrance.body,
      formProblem: undefined,
      sizeBytes: payload.length,
      maxBytes: entrance.maxBytes,
      saltBytes: candidate.submission.salt?.length,
      topicKnown: undefined,
      reveals: undefined,
      registered: undefined,
      signatureProves: undefined,
      standing: undefined,
      windowOpen: undefined,
      stage: undefined,
      commitment: undefined,
      values: undefined,
    };
  }

  /** Takes over what is known; whether the fact that was asked for is among it. */
  learn({ params, registered, window }: KnownAbout, asked: KnowableFact): boolean {
    if (params) this.learnTopic(params);
    this.facts.registered ??= registered;
    if (window) this.learnWindow(window);
    return this.facts[asked] !== undefined;
  }

  learnTopic(params: TopicParams | undefined): void {
    this.params = params;
    this.facts.topicKnown = params !== undefined;
    this.facts.reveals = this.entrance.knowsReveals && params !== undefined && params.revealWindowBlocks > 0;
  }

  /** That reveals have not begun is the owner's to say: its sender may have heard of it before we did. */
  learnWindow(window: KnownStage, from: 'MEMORY' | 'OWNER' = 'MEMORY'): void {
    const reveals = this.facts.body === 'VALUE' && this.facts.reveals;
    if (reveals && window === 'OPEN' && from === 'MEMORY') return;
    this.isTooEarly = Boolean(reveals) && window === 'COMMITTED';
    this.facts.windowOpen ??= window === 'OPEN';
    this.facts.stage ??= stageFor(this.facts.body, window);
  }

  follow(holder: Pending<P>): void {
    (holder.followers ??= []).push(this);
  }

  /** The first answer is the one that is given; work that goes on behind a time-out still ends in another. */
  settle(outcome: Outcome): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.toldToo?.(outcome);
    this.answer(outcome);
  }

  whenAnswered(then: Settle): void {
    this.toldToo = then;
  }

  /** Calls back when no work is done for this one any more. */
  whenFinished(then: () => void): void {
    (this.waiting ??= []).push(then);
  }

  finish(): void {
    this.isConcluded = true;
    this.entrance.onFinished(this);
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) for (const then of waiting) then();
  }
}
