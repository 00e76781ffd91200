import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { Account } from '@allora/identity/account';
import type { AlloraClient } from '@allora/sdk/client';
import { lossBundle } from '../demo/reputers/loss-bundle';
import { windowsUpTo, type BlockDriver, type ChaosTopic, type Window } from './blocks';
import { digestOf, type Read } from './epoch-state';
import { SeededRandom } from './random';
import type { Sender } from './sender';
import { writeParcel, type Parcel } from './signed';

export interface Cast {
  readonly inferers: readonly Account[];
  readonly forecasters: readonly Account[];
  readonly reputers: readonly Account[];
}

export interface LifeOptions {
  readonly chainId: string;
  readonly seed: string;
  readonly topics: readonly ChaosTopic[];
  readonly cast: Cast;
  readonly blocks: BlockDriver;
  readonly client: AlloraClient;
  readonly sender: Sender;
}

const LOOK_MS = 100;
const READ_MS = 4_000;
const PATIENCE_MS = 8_000;

/** What will have come true; everyone guesses at it. */
export function truthOf(topicId: number, nonce: number): number {
  return 100 + 20 * topicId + 10 * Math.sin(nonce / 23 + topicId);
}

/** Participants who play every epoch of every topic from the inference to the losses. */
export class EpochLife {
  /** What the gateway answered while the faults were on. */
  readonly reads: Read[] = [];
  private readonly played = new Set<string>();

  constructor(private readonly options: LifeOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    const { topics, blocks } = this.options;
    const underway = new Set<Promise<void>>();
    while (!signal.aborted) {
      for (const topic of topics) {
        for (const log of ['inference', 'loss'] as const) {
          for (const window of windowsUpTo(topic, log, blocks.height).slice(-3)) {
            const name = `${log}/${topic.topicId}/${window.nonce}`;
            if (this.played.has(name) || !blocks.isOpen(window)) continue;
            this.played.add(name);
            const play = log === 'inference' ? this.work(window) : this.repute(window, signal);
            const done = play.finally(() => underway.delete(done));
            underway.add(done);
          }
        }
      }
      await sleep(LOOK_MS);
    }
    await Promise.all(underway);
  }

  private async work(window: Window): Promise<void> {
    const { cast, seed } = this.options;
    const { topicId } = window.topic;
    const random = new SeededRandom(`${seed}/life/${topicId}/${window.nonce}`);
    const truth = truthOf(topicId, window.nonce);
    const inferences = cast.inferers.map((author, n) => {
      const value = (truth + (n + 1) * random.between(-1, 1)).toFixed(6);
      return this.write('inference', window, author, { value });
    });
    const forecasts = cast.forecasters.map((author) => {
      const elements = cast.inferers
        .map(({ address }, n) => ({
          inferer: address,
          value: (Math.log10(n + 1) + random.unit()).toFixed(6),
        }))
        .sort((a, b) => (a.inferer < b.inferer ? -1 : 1));
      return this.write('forecast', window, author, { elements });
    });
    await this.send([...inferences, ...forecasts]);
  }

  private async repute(window: Window, signal: AbortSignal): Promise<void> {
    const { cast, blocks } = this.options;
    const { topicId } = window.topic;
    let inference: NetworkInference | null = null;
    while (!inference && blocks.isOpen(window) && !signal.aborted)
      inference = await this.read(topicId, window.nonce);
    if (!inference || inference.inferers.length === 0) return;
    const truth = truthOf(topicId, window.nonce);
    const bundles = cast.reputers.map((author, n) => {
      return this.write('loss', window, author, lossBundle(inference, truth + 0.01 * n));
    });
    await this.send(bundles);
  }

  private async read(topicId: number, nonce: number): Promise<NetworkInference | null> {
    try {
      const wait = { waitFor: 'inference', timeoutMs: READ_MS } as const;
      const { inference } = await this.options.client.epoch(topicId, nonce, wait);
      if (!inference) return null;
      this.reads.push({ topicId, nonce, part: 'inference', digest: digestOf(NetworkInference, inference) });
      return inference;
    } catch {
      await sleep(LOOK_MS);
      return null; // the gateway is away, or the epoch is not there yet
    }
  }

  private write(
    log: 'inference' | 'forecast' | 'loss',
    window: Window,
    author: Account,
    fields: object,
  ): Parcel {
    const { chainId } = this.options;
    const { topicId } = window.topic;
    return writeParcel(log, fields, { chainId, author, topicId, nonce: window.nonce, intent: 'honest' });
  }

  private async send(parcels: readonly Parcel[]): Promise<void> {
    const untilMs = Date.now() + PATIENCE_MS;
    await Promise.all(parcels.map((parcel) => this.options.sender.send(parcel, { untilMs })));
  }
}
