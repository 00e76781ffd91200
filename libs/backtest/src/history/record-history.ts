import type { TruthSource } from '@allora/runner/truth/truth';
import type { AlloraClient } from '@allora/sdk/client';
import { epochFacts, isSettled } from './epoch-facts';
import { HistoryError, type RecordedEpoch, type TopicHistory } from './recorded';
import { type EpochFacts, findTruths, type TruthFinder } from './truths';

export type HistoryClient = Pick<
  AlloraClient,
  'topic' | 'allInferences' | 'inferenceAt' | 'epoch' | 'simulateEpoch'
>;

export interface RecordOptions {
  /** Nonce from which truths are wanted: where the candidate begins. What was before is read all the same. */
  readonly from?: number | undefined;
  /** Last nonce. */
  readonly to?: number | undefined;
  readonly truth?: TruthSource | undefined;
  readonly signal?: AbortSignal | undefined;
  /** So many of all epochs have been read, or have their truths. */
  onProgress?(stage: 'epochs' | 'truths', done: number, all: number): void;
}

const READS_AT_ONCE = 6;

/**
 * A topic's settled epochs from its public record. Regrets and scores build up from epoch to epoch, so it always begins with the
 * topic's first one.
 * @throws HistoryError where a truth is not known, or the topic has nothing settled.
 */
export async function recordHistory(
  client: HistoryClient,
  topicId: number,
  options: RecordOptions = {},
): Promise<TopicHistory> {
  const { from = 0, to = Infinity, truth, signal = new AbortController().signal } = options;
  const { lossMethod } = await client.topic(topicId);
  const nonces: number[] = [];
  for await (const { nonce } of client.allInferences(topicId, { order: 'oldest', limit: 1000 }))
    nonces.push(nonce);
  const wanted = nonces.filter((nonce) => nonce <= to).sort((a, b) => a - b);
  const facts = await readEpochs(client, topicId, wanted, { ...options, signal });
  const [first, last] = [facts[0], facts.at(-1)];
  if (!first || !last)
    throw new HistoryError(`topic ${topicId} has no settled epoch yet`, 'Try again when one was paid.');
  const blockMs = last.nonce > first.nonce ? (last.atMs - first.atMs) / (last.nonce - first.nonce) : 0;
  const finder: TruthFinder = { client, topicId, lossMethod, given: truth, blockMs, signal };
  const epochs: RecordedEpoch[] = [];
  for (const epoch of facts) {
    signal.throwIfAborted();
    epochs.push({ ...epoch, truths: epoch.nonce < from ? new Map() : await findTruths(epoch, finder) });
    options.onProgress?.('truths', epochs.length, facts.length);
  }
  return { topicId, lossMethod, epochs };
}

/** Up to the first one that is not settled. */
async function readEpochs(
  client: HistoryClient,
  topicId: number,
  nonces: readonly number[],
  { signal, onProgress }: RecordOptions & { readonly signal: AbortSignal },
): Promise<EpochFacts[]> {
  const facts: EpochFacts[] = [];
  for (let start = 0; start < nonces.length; start += READS_AT_ONCE) {
    signal.throwIfAborted();
    const page = nonces.slice(start, start + READS_AT_ONCE);
    const read = await Promise.all(page.map((nonce) => readEpoch(client, topicId, nonce)));
    const settled = read.filter((epoch) => epoch !== null);
    facts.push(...settled);
    onProgress?.('epochs', start + page.length, nonces.length);
    if (settled.length < read.length) break;
  }
  return facts;
}

async function readEpoch(client: HistoryClient, topicId: number, nonce: number): Promise<EpochFacts | null> {
  const epoch = await client.epoch(topicId, nonce);
  if (!isSettled(epoch)) return null;
  const { times } = await client.inferenceAt(topicId, nonce);
  const atMs = times.workerWindowOpenedMs ?? times.workerWindowClosedMs ?? times.inferenceMs;
  if (atMs !== null) return epochFacts(epoch, atMs);
  throw new HistoryError(`when epoch ${nonce} was is not known`, 'Begin the history where times are kept.');
}
