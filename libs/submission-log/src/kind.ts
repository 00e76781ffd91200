import type { BusTopic, ServiceName } from '@allora/contracts/catalog';
import type { SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { CommittedBody, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { EpochPhase, Role, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Verdict } from '@allora/protocol/ingest/verdict';
import type { z } from 'zod';

/** The Postgres schemas that hold the tables of a submission log; a closed set, as SQL names them. */
export type IngestSchema = 'inference_ingest' | 'forecast_ingest' | 'reputation';

export interface Submission {
  readonly topicId: number;
  readonly nonce: number;
  /** Of one that was committed to, or can be. */
  readonly salt?: Uint8Array;
}

/** What every part of a sealed set carries. */
export interface SetHeader {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce: number | undefined;
  readonly params: TopicParams | undefined;
  readonly part: number;
  readonly parts: number;
}

/** A submission as JSON carries it: the topic is that of the path, whatever else is said of it. */
export type JsonSubmission<P extends Submission> = Omit<P, 'topicId'> & {
  readonly topicId?: number | undefined;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
};

/** What passes a door: the submissions of a kind, or the commitments to them. */
export interface DoorKind<P extends Submission> {
  readonly log: BusTopic<SubmissionRecord>;
  /** Form of the submission in signed bytes. */
  readonly form: z.ZodType<P>;
  /** Form of the same in JSON: the body of its route. */
  readonly body: z.ZodType<JsonSubmission<P>>;
  /** The submission in a signed payload; undefined when it holds another body. */
  readonly read: (payload: SignedPayload) => P | undefined;
  readonly wrap: (submission: P) => SignedPayload['body'];
  readonly author: (submission: P) => string;
  /** The protocol's rules on values. */
  readonly judge: (submission: P, params: TopicParams, limits: { readonly maxElements: number }) => Verdict;
  /** What a commitment says that it is to. Absent where the protocol knows no commitments, as for losses. */
  readonly committedBody?: CommittedBody.INFERENCE | CommittedBody.FORECAST;
}

/** Everything in which one kind of submission differs from another. */
export interface SubmissionKind<P extends Submission, S> extends DoorKind<P> {
  readonly service: ServiceName;
  readonly schema: IngestSchema;
  /** Who may submit. */
  readonly role: Role.WORKER | Role.REPUTER;
  /** The turns that open and close the window in which this kind is taken. */
  readonly phases: { readonly opened: EpochPhase; readonly closed: EpochPhase };
  readonly sets: BusTopic<S>;
  /** Both lists in ascending order of author; shadows are told apart only of workers. */
  readonly buildSet: (header: SetHeader, submissions: P[], ofShadows: P[]) => S;
}
