import type { WorkerClient } from '@allora/sdk/worker-client';
import type { Sealed } from '@allora/sdk/commit-reveal';
import { sleep } from '@allora/sdk/sleep';
import type { ForecastRequest, InferenceRequest, Receipt, Topic } from '@allora/sdk/types';
import type { EntryRequest, JournalEntry } from '../journal/journal';
import { wordsOf } from '../log';
import type { ForecastModel, InferenceModel, Question } from '../models/model';
import { type Desk, labelsOf } from './participant';
import type { OpenWindow, WindowWork } from './open-windows';
import { callTimeoutMs, tryInWindow } from './retrying';
import { closeEntry, keep, sendEntry, showEntry } from './send-entry';

export interface WorkerModels {
  readonly inference: InferenceModel | null;
  readonly forecast: ForecastModel | null;
}

type WorkerKind = 'inference' | 'forecast';

/** Most inferers that a forecast may name. */
const ELEMENTS_MAX = 12;

/** What a worker does in a window: asks its models, writes down what they say, and only then sends it. */
export class WorkerWork implements WindowWork {
  private readonly kinds: readonly WorkerKind[];

  constructor(
    private readonly desk: Desk,
    private readonly client: WorkerClient,
    private readonly models: WorkerModels,
    private readonly topic: Topic,
  ) {
    this.kinds = [
      ...(models.inference ? ['inference' as const] : []),
      ...(models.forecast ? ['forecast' as const] : []),
    ];
  }

  async work(window: OpenWindow): Promise<void> {
    this.desk.book.opened(window.nonce, this.desk.now());
    await Promise.all(this.kinds.map((kind) => this.guarded(kind, window)));
  }

  async closed(nonce: number): Promise<void> {
    const { desk } = this;
    for (const kind of this.kinds) {
      const entry = desk.journal.get(kind, desk.topicId, nonce);
      await closeEntry(desk, entry, (standing, until) => this.submit(standing, until));
    }
  }

  private async guarded(kind: WorkerKind, window: OpenWindow): Promise<void> {
    try {
      await this.serve(kind, window);
    } catch (error) {
      this.failed(kind, window.nonce, error);
    }
  }

  private async serve(kind: WorkerKind, window: OpenWindow): Promise<void> {
    const { desk } = this;
    const standing = desk.journal.get(kind, desk.topicId, window.nonce);
    if (standing) showEntry(desk, standing);
    if (standing && (standing.state === 'accepted' || standing.state === 'refused')) return;
    // What was not committed to cannot be revealed.
    const entry = standing ?? (window.stage === 'reveal' ? null : await this.ask(kind, window));
    if (entry === null) return;
    if (window.stage === 'commit') return this.commit(entry, window);
    await sendEntry(desk, entry, () => this.submit(entry, window.signal));
  }

  /** A new entry, on disk; null when there is nothing to send. */
  private async ask(kind: WorkerKind, window: OpenWindow): Promise<JournalEntry | null> {
    const { desk } = this;
    const { nonce, signal } = window;
    desk.book.part(nonce, kind, { state: 'asking' });
    await this.jitter(signal);
    const request = await tryInWindow((until) => this.answer(kind, nonce, until), {
      limits: desk.limits,
      signal,
      timeoutMs: callTimeoutMs(desk, this.topic.params?.workerWindowBlocks),
      onFailure: (error) => this.failed(kind, nonce, error),
    });
    if (request === null || signal.aborted) return null;
    if ('elements' in request && request.elements.length === 0) {
      desk.book.part(nonce, kind, { state: 'nothing', error: 'the forecaster knows nobody yet' });
      return null;
    }
    desk.metrics.workerBuilds.inc(labelsOf(desk));
    if (desk.dryRun) {
      desk.log.info({ ...request, kind }, 'dry run: not sent');
      desk.book.part(nonce, kind, { state: 'dry_run', value: JSON.stringify(request) });
      return null;
    }
    const { topicId } = desk;
    const sealed = window.stage === 'commit' ? this.seal(request) : undefined;
    return keep(desk, { kind, topicId, nonce, state: 'sending', request, sealed, atMs: desk.now() });
  }

  private async answer(
    kind: WorkerKind,
    nonce: number,
    signal: AbortSignal,
  ): Promise<InferenceRequest | ForecastRequest> {
    const { topicId, address, now, metrics } = this.desk;
    const question: Question = { topicId, nonce, worker: address, atMs: now(), signal };
    if (kind === 'inference') {
      metrics.inferenceRequests.inc(labelsOf(this.desk));
      return { topicId, nonce, value: await this.models.inference!.infer(question) };
    }
    metrics.forecastRequests.inc(labelsOf(this.desk));
    const elements = await this.models.forecast!.forecast(question);
    if (elements.length > ELEMENTS_MAX)
      this.desk.log.warn(
        { topicId, nonce, told: elements.length },
        `only the first ${ELEMENTS_MAX} forecasts are sent`,
      );
    return { topicId, nonce, elements: elements.slice(0, ELEMENTS_MAX) };
  }

  private submit({ request, sealed }: JournalEntry, until: AbortSignal): Promise<Receipt> {
    if (sealed) {
      return isSealedInference(sealed)
        ? this.client.revealInference(sealed, until)
        : this.client.revealForecast(sealed, until);
    }
    return isInference(request)
      ? this.client.submitInference(request, until)
      : this.client.submitForecast(request as ForecastRequest, until);
  }

  private seal(request: InferenceRequest | ForecastRequest): JournalEntry['sealed'] {
    return isInference(request)
      ? this.client.sealInference(request)
      : this.client.sealForecast(request as ForecastRequest);
  }

  private async commit(entry: JournalEntry, { signal }: OpenWindow): Promise<void> {
    const { sealed } = entry;
    if (!sealed || entry.state !== 'sending') return;
    try {
      if (isSealedInference(sealed)) await this.client.commitInference(sealed, signal);
      else await this.client.commitForecast(sealed, signal);
      await keep(this.desk, { ...entry, state: 'committed', error: undefined });
    } catch (error) {
      this.failed(entry.kind as WorkerKind, entry.nonce, error);
      await keep(this.desk, { ...entry, error: wordsOf(error) });
    }
  }

  /** So that many runners do not come at once; never more than a tenth of what a call may take. */
  private jitter(signal: AbortSignal): Promise<void> {
    const { limits, random } = this.desk;
    const windowMs = callTimeoutMs(this.desk, this.topic.params?.workerWindowBlocks);
    return sleep(Math.min(limits.jitterMs, 0.1 * windowMs) * random(), signal);
  }

  private failed(kind: WorkerKind, nonce: number, error: unknown): void {
    const { book, log, topicId } = this.desk;
    log.warn({ topicId, nonce, kind }, wordsOf(error));
    book.part(nonce, kind, { state: 'failed', error: wordsOf(error) });
  }
}

const isInference = (request: EntryRequest): request is InferenceRequest => 'value' in request;
const isSealedInference = (
  sealed: Sealed<InferenceRequest> | Sealed<ForecastRequest>,
): sealed is Sealed<InferenceRequest> => isInference(sealed.request);
