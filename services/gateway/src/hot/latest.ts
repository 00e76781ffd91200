import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { type EpochFacts, epochFactsOf, type StoredFact } from '../proto';

/** Tells how far a topic has come, of whatever epoch. */
export const PROGRESS_KIND = 'worker_window_closed';

/** All that an answer about a topic's latest inference is made of. */
export interface Latest {
  readonly topicId: number;
  /** Of the latest inference that has a value. */
  readonly nonce: number;
  readonly inference: NetworkInference;
  /** Turns and inference of its epoch. */
  readonly facts: EpochFacts;
  /** The topic's latest nonce whose worker window has closed; null where that was not told (yet). */
  readonly closedNonce: number | null;
  /** The same as it is kept. */
  readonly stored: readonly StoredFact[];
}

/** Undefined while the inference is not among the facts. */
export function latestOf(topicId: number, nonce: number, stored: readonly StoredFact[]): Latest | undefined {
  const facts = epochFactsOf(stored.filter((fact) => fact.nonce === nonce));
  if (!facts.inference) return undefined;
  const closed = stored.findLast(({ kind }) => kind === PROGRESS_KIND);
  return { topicId, nonce, inference: facts.inference, facts, closedNonce: closed?.nonce ?? null, stored };
}

/** Facts are only ever added, so of two tellings that of more of them is the newer one. */
export function supersedes(next: Latest, held: Latest): boolean {
  return next.nonce > held.nonce || (next.nonce === held.nonce && progress(next) > progress(held));
}

const progress = ({ nonce, stored, closedNonce }: Latest): number => stored.length + (closedNonce ?? nonce);

/** `teller` stands first: whoever told it needs to read no further. */
export function encodeLatest({ topicId, nonce, stored }: Latest, teller = ''): Buffer {
  const facts = stored.map((fact) => ({ ...fact, message: Buffer.from(fact.message).toString('base64') }));
  return Buffer.from(JSON.stringify({ teller, topicId, nonce, facts }));
}

export const isToldBy = (teller: string, bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, teller.length + 64).startsWith(JSON.stringify({ teller }).slice(0, -1));

interface EncodedLatest {
  readonly topicId: number;
  readonly nonce: number;
  readonly facts: readonly (Omit<StoredFact, 'message'> & { readonly message: string })[];
}

export function decodeLatest(bytes: Buffer): Latest | undefined {
  const { topicId, nonce, facts } = JSON.parse(bytes.toString()) as EncodedLatest;
  return latestOf(
    topicId,
    nonce,
    facts.map((fact) => ({ ...fact, message: Buffer.from(fact.message, 'base64') })),
  );
}
