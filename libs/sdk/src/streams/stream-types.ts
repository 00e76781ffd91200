import type { InferencePoint } from '../inference-types';

export type StreamKind = 'inference' | 'phase' | 'window';

/** A network inference as it was told, without the workers' parts: `workers(topicId, nonce)` reads those. */
export interface InferenceTold extends Omit<InferencePoint, 'atMs' | 'combined'> {
  readonly topicId: number;
  /** Null when nobody answered. */
  readonly combined: number | null;
  readonly initialRegret: number;
  readonly networkLoss: number | null;
  readonly toldAtMs: number;
}

/** That an epoch has come to a phase. */
export interface PhaseTold {
  readonly topicId: number;
  readonly nonce: number;
  /** `worker_window_opened`, …, `inference`, `losses`, `scores`, `rewards`. */
  readonly phase: string;
  /** Of a turn of the epoch; null for what follows from one. */
  readonly height: number | null;
  readonly toldAtMs: number;
}

/** That a window of submissions has opened or closed. */
export interface WindowTold {
  readonly topicId: number;
  readonly nonce: number;
  readonly role: 'worker' | 'reputer';
  readonly stage: 'submit' | 'commit' | 'reveal';
  readonly state: 'open' | 'closed';
  readonly height: number;
  /** Exclusive; null of a closed one. */
  readonly closesHeight: number | null;
  readonly toldAtMs: number;
}

/** `cursor`: keep it with what was made of the event, and a later watch goes on behind it. */
export type StreamEvent =
  | { readonly kind: 'inference'; readonly cursor: string; readonly told: InferenceTold }
  | { readonly kind: 'phase'; readonly cursor: string; readonly told: PhaseTold }
  | { readonly kind: 'window'; readonly cursor: string; readonly told: WindowTold };

export interface StreamOptions {
  /** All unless given; at most 100. */
  readonly topics?: readonly number[];
  /** All unless given. */
  readonly kinds?: readonly StreamKind[];
  /** Where to begin: behind this cursor, at the first telling of an epoch of that nonce, at the very start; else now. */
  readonly cursor?: string;
  readonly since?: number;
  readonly from?: 'start';
  /** Sent as `x-api-key`. */
  readonly apiKey?: string;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
  /** Silence after which a connection is taken for dead; the server says something every 15 s. */
  readonly silenceMs?: number;
  /** Told wherever the stream stands, in silence too: a program that keeps it has less to read when it starts again. */
  readonly onCursor?: (cursor: string) => void;
}
