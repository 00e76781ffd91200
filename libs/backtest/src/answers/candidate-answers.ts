import { decimalOf } from '@allora/runner/answers/decimal';
import { wordsOf } from '@allora/runner/log';
import type { InferenceModel } from '@allora/runner/models/model';
import type { RecordedEpoch, TopicHistory } from '../history/recorded';

export interface AskOptions {
  readonly worker: string;
  /** First nonce that is asked for. */
  readonly from?: number | undefined;
  /** What the model has for an answer; later ones do not count. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  onAnswer?(asked: number, all: number): void;
}

export interface CandidateAnswers {
  readonly worker: string;
  /** Nonces that were asked for. */
  readonly asked: readonly number[];
  /** Decimal text by nonce. */
  readonly answers: ReadonlyMap<number, string>;
  readonly failures: readonly { readonly nonce: number; readonly reason: string }[];
}

export const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * A model's answers over a history, walking forward: one epoch after the other in their order, each with the time at which its window
 * opened, and nothing of the record but its nonce. Sources of rows show nothing later than that time.
 */
export async function askModel(
  history: TopicHistory,
  model: InferenceModel,
  options: AskOptions,
): Promise<CandidateAnswers> {
  const { worker, from = 0, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  const epochs = history.epochs.filter(({ nonce }) => nonce >= from);
  const answers = new Map<number, string>();
  const failures: { nonce: number; reason: string }[] = [];
  for (const [done, epoch] of epochs.entries()) {
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const question = { topicId: history.topicId, nonce: epoch.nonce, worker, atMs: epoch.atMs };
      const asked = { ...question, signal: signal ? AbortSignal.any([limit, signal]) : limit };
      answers.set(epoch.nonce, acceptable(await inTime(model, asked), epoch));
    } catch (error) {
      signal?.throwIfAborted();
      failures.push({ nonce: epoch.nonce, reason: wordsOf(error) });
    }
    options.onAnswer?.(done + 1, epochs.length);
  }
  return { worker, asked: epochs.map(({ nonce }) => nonce), answers, failures };
}

/** A model that does not heed its signal is late all the same. */
async function inTime(
  model: InferenceModel,
  question: Parameters<InferenceModel['infer']>[0],
): Promise<string> {
  const { signal } = question;
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Error('the model did not answer in time'));
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([model.infer(question), late]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What the network would take. */
function acceptable(text: string, { params }: RecordedEpoch): string {
  const value = decimalOf(text);
  if (value === undefined || !Number.isFinite(Number(value)))
    throw new Error(`"${text.slice(0, 40)}" is no number`);
  if (!params.allowNegative && Number(value) < 0)
    throw new Error(`${value} is below zero, which the topic refuses`);
  return value;
}
