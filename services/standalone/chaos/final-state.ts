import type { LogKind } from './history';

/** A record of a submissions log, in the place where it stands. */
export interface Logged {
  readonly partition: number;
  readonly offset: number;
  /** Within the record, which may hold several. */
  readonly index: number;
  readonly topicId: number;
  readonly nonce: number;
  /** Absent for a seal. */
  readonly submission?: { readonly author: string; readonly hash: string };
}

/** One part of a sealed set. A second copy of the same event has been dropped. */
export interface SetPart {
  readonly topicId: number;
  readonly nonce: number;
  readonly part: number;
  readonly parts: number;
  readonly members: readonly { readonly author: string; readonly hash: string }[];
}

/** What a replica says of a submission, in answer to its hash. */
export interface Status {
  readonly hash: string;
  readonly replica: string;
  /** Empty when it knows none. */
  readonly state: string;
  readonly partition: number;
  readonly offset: number;
  readonly index: number;
}

export interface TopicNonce {
  readonly topicId: number;
  readonly nonce: number;
}

/** What is there after the faults, of one submissions log. */
export interface IngestState {
  readonly log: LogKind;
  readonly logged: readonly Logged[];
  readonly sets: readonly SetPart[];
  /** Windows that the coordinator told closed. */
  readonly closed: readonly TopicNonce[];
  /** Of everything accepted that is in no set, and of some that is; every replica was asked. */
  readonly statuses: readonly Status[];
}

export const nonceName = ({ topicId, nonce }: TopicNonce): string => `${topicId}/${nonce}`;
