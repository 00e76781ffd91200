import type { ReputerClient } from '@allora/sdk/reputer-client';
import type { LossesRequest, NetworkInference, Receipt, Topic } from '@allora/sdk/types';
import type { JournalEntry } from '../journal/journal';
import { wordsOf } from '../log';
import { bundleOf, scoredValues } from '../losses/loss-bundle';
import type { Losses } from '../losses/losses';
import type { TruthSource } from '../truth/truth';
import { type Desk, labelsOf } from './participant';
import type { OpenWindow, WindowWork } from './open-windows';
import { callTimeoutMs, tryInWindow } from './retrying';
import { closeEntry, keep, sendEntry, showEntry } from './send-entry';

/** By what is scored. A topic's creator may change it between epochs, so that it is asked for in each. */
export interface Scoring {
  topic(): Promise<Topic>;
  losses(topic: Topic): Promise<Losses>;
}

/** What a reputer does in a window: reads the epoch's inference and the truth, and reports the losses of everything in it. */
export class ReputerWork implements WindowWork {
  constructor(
    private readonly desk: Desk,
    private readonly client: ReputerClient,
    private readonly truth: TruthSource,
    private topic: Topic,
    private readonly scoring: Scoring,
  ) {}

  async work(window: OpenWindow): Promise<void> {
    this.desk.book.opened(window.nonce, this.desk.now());
    try {
      await this.serve(window);
    } catch (error) {
      this.failed(window.nonce, error);
    }
  }

  closed(nonce: number): Promise<void> {
    const { desk } = this;
    const entry = desk.journal.get('losses', desk.topicId, nonce);
    return closeEntry(desk, entry, (standing, until) => this.submit(standing, until));
  }

  private async serve(window: OpenWindow): Promise<void> {
    const { desk } = this;
    const standing = desk.journal.get('losses', desk.topicId, window.nonce);
    if (standing) showEntry(desk, standing);
    if (standing && standing.state !== 'sending') return;
    const entry = standing ?? (await this.report(window));
    if (entry === null) return;
    await sendEntry(desk, entry, () => this.submit(entry, window.signal));
  }

  private submit({ request }: JournalEntry, until: AbortSignal): Promise<Receipt> {
    return this.client.submitLosses(request as LossesRequest, until);
  }

  private async report({ nonce, signal }: OpenWindow): Promise<JournalEntry | null> {
    const { desk } = this;
    desk.book.part(nonce, 'losses', { state: 'asking' });
    const timeoutMs = callTimeoutMs(desk, this.topic.params?.reputerWindowBlocks);
    const onFailure = (error: unknown): void => this.failed(nonce, error);
    const request = await tryInWindow((until) => this.bundle(nonce, timeoutMs, until), {
      ...{ limits: desk.limits, signal, timeoutMs, onFailure },
    });
    if (request === null || signal.aborted) return null;
    if (request === 'nothing') {
      desk.book.part(nonce, 'losses', { state: 'nothing', error: 'nobody answered in this epoch' });
      return null;
    }
    desk.metrics.reputerBuilds.inc(labelsOf(desk));
    if (desk.dryRun) {
      desk.log.info({ ...request, kind: 'losses' }, 'dry run: not sent');
      desk.book.part(nonce, 'losses', { state: 'dry_run', value: JSON.stringify(request) });
      return null;
    }
    const { topicId } = desk;
    return keep(desk, { kind: 'losses', topicId, nonce, state: 'sending', request, atMs: desk.now() });
  }

  private async bundle(
    nonce: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<LossesRequest | 'nothing'> {
    const { desk } = this;
    const { topicId } = desk;
    this.topic = await this.scoring.topic();
    const inference = await this.client.inference(topicId, nonce, timeoutMs);
    if (inference.inferers.length === 0) return 'nothing';
    desk.metrics.truthRequests.inc(labelsOf(desk));
    const lagBlocks = this.topic.params?.groundTruthLagBlocks ?? 0;
    const truth = await this.truth.truth({ topicId, nonce, lagBlocks, atMs: desk.now(), signal });
    return lossesOf(inference, truth, await this.scoring.losses(this.topic), signal);
  }

  private failed(nonce: number, error: unknown): void {
    const { book, log, topicId } = this.desk;
    log.warn({ topicId, nonce, kind: 'losses' }, wordsOf(error));
    book.part(nonce, 'losses', { state: 'failed', error: wordsOf(error) });
  }
}

/** The whole loss bundle of an epoch against a truth. */
export async function lossesOf(
  inference: NetworkInference,
  truth: string,
  losses: Losses,
  signal: AbortSignal,
): Promise<LossesRequest> {
  const values = [...new Set(scoredValues(inference))];
  const told = await losses.of(truth, values, signal);
  const byValue = new Map(values.map((value, i) => [value, told[i]!]));
  return bundleOf(inference, (value) => byValue.get(value)!);
}
