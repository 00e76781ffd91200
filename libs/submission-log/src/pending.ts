import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { messageHash } from '@allora/identity/signature';
import { hexOf } from '@allora/store/pg-array';
import type { SubmissionFacts } from '@allora/protocol/ingest/accept-submission';
import type { KnownAbout } from './known-facts';
import type { Candidate } from './reading';
import type { SignedReceipt } from './receipt-signer';
import type { ReceiptFacts, SubmissionKey } from './receipts.store';

/** What a submission is answered with; an Error that is no refusal is a failure of ours. */
export type Outcome = SignedReceipt | Error;

export type Settle = (outcome: Outcome) => void;

type Facts = { -readonly [F in keyof SubmissionFacts]: SubmissionFacts[F] };

/** What the coordinator owns. */
export type KnowableFact = 'topicKnown' | 'registered' | 'windowOpen';

/** Of what an author can submit once. */
export const nameOf = ({ topicId, nonce, author }: SubmissionKey): string => `${topicId}/${nonce}/${author}`;

/** A submission on its way through the door. */
export class Pending<P = unknown> {
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
  /** No work is done for it any more. */
  isConcluded = false;
  private waiting: (() => void)[] | undefined = undefined;

  /** @param onFinished no work is done for it any more */
  constructor(
    readonly candidate: Candidate<P>,
    readonly key: SubmissionKey,
    readonly expiresMs: number,
    maxBytes: number,
    private readonly answer: Settle,
    private readonly onFinished: (pending: Pending<P>) => void,
  ) {
    const { payload } = candidate.signed;
    this.digest = messageHash(payload);
    this.hash = hexOf(this.digest);
    this.name = nameOf(key);
    this.facts = {
      formProblem: undefined,
      sizeBytes: payload.length,
      maxBytes,
      topicKnown: undefined,
      registered: undefined,
      signatureProves: undefined,
      standing: undefined,
      windowOpen: undefined,
      values: undefined,
    };
  }

  /** Takes over what is known; whether the fact that was asked for is among it. */
  learn({ params, registered, windowOpen }: KnownAbout, asked: KnowableFact): boolean {
    if (params) {
      this.params = params;
      this.facts.topicKnown = true;
    }
    this.facts.registered ??= registered;
    this.facts.windowOpen ??= windowOpen;
    return this.facts[asked] !== undefined;
  }

  follow(holder: Pending<P>): void {
    (holder.followers ??= []).push(this);
  }

  /** The first answer is the one that is given; work that goes on behind a time-out still ends in another. */
  settle(outcome: Outcome): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.answer(outcome);
  }

  /** Calls back when no work is done for this one any more. */
  whenFinished(then: () => void): void {
    (this.waiting ??= []).push(then);
  }

  finish(): void {
    this.isConcluded = true;
    this.onFinished(this);
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) for (const then of waiting) then();
  }
}
