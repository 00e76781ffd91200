import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '@allora/identity/account';
import { windowsUpTo, type BlockDriver, type Window } from './blocks';
import type { Intent, LogKind } from './history';
import type { Population } from './population';
import type { SeededRandom } from './random';
import type { Sender } from './sender';
import { writeParcel, type Parcel } from './signed';

export interface LoadOptions {
  readonly chainId: string;
  readonly population: Population;
  readonly blocks: BlockDriver;
  readonly sender: Sender;
  readonly random: SeededRandom;
  /** New submissions each second, retries not counted. */
  readonly ratePerSecond: number;
  /** What share of them goes to each log. */
  readonly shares: Readonly<Record<LogKind, number>>;
}

const TICK_MS = 100;
/** How long after the end of its window a submission without an answer is still repeated. */
const PATIENCE_MS = 8_000;
const REMEMBERED = 4_000;
const MAX_INFLIGHT = 1_500;

/** Out of a hundred; what is left is honest. */
const misdeeds: readonly (readonly [Intent | 'repeat', number])[] = [
  ['repeat', 3],
  ['conflict', 2],
  ['late', 2],
  ['bad_signature', 1],
  ['unregistered', 1],
  ['malformed', 1],
];
const TWIN_PROBABILITY = 0.04;

/** A steady stream of signed submissions by everyone to everywhere, with some of every kind that must be refused. */
export class Load {
  private readonly queues = new Map<string, Account[]>();
  private readonly sent: Parcel[] = [];
  /** Ticks that found too much in flight. */
  skipped = 0;

  constructor(private readonly options: LoadOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    const { ratePerSecond, sender } = this.options;
    const began = Date.now();
    for (let made = 0; !signal.aborted; await sleep(TICK_MS)) {
      const due = Math.floor(((Date.now() - began) / 1_000) * ratePerSecond) - made;
      made += due;
      for (let n = 0; n < due; n += 1) {
        if (sender.inflight > MAX_INFLIGHT) this.skipped += 1;
        else this.one();
      }
    }
  }

  private one(): void {
    const { random } = this.options;
    const log = this.drawLog();
    const intent = this.drawIntent();
    if (intent === 'repeat') return this.repeat();
    const window = intent === 'late' ? this.closedWindow(log) : this.openWindow(log);
    if (!window) return;
    const author = this.authorFor(intent, log, window);
    if (!author) return this.repeat();
    const parcel = this.write(log, intent, author, window);
    this.dispatch(parcel, intent === 'honest' && random.chance(TWIN_PROBABILITY));
  }

  private repeat(): void {
    if (this.sent.length > 0) this.dispatch(this.options.random.pick(this.sent), false);
  }

  private dispatch(parcel: Parcel, twin: boolean): void {
    void this.options.sender.send(parcel, { untilMs: Date.now() + PATIENCE_MS, twin });
  }

  private drawLog(): LogKind {
    const { shares, random } = this.options;
    const draw = random.unit();
    if (draw < shares.loss) return 'loss';
    return draw < shares.loss + shares.forecast ? 'forecast' : 'inference';
  }

  private drawIntent(): Intent | 'repeat' {
    let draw = this.options.random.unit() * 100;
    for (const [intent, share] of misdeeds) if ((draw -= share) < 0) return intent;
    return 'honest';
  }

  private openWindow(log: LogKind): Window | undefined {
    const { blocks, random } = this.options;
    const open = this.windows(log).filter((window) => blocks.isOpen(window));
    return open.length > 0 ? random.pick(open) : undefined;
  }

  private closedWindow(log: LogKind): Window | undefined {
    const { blocks, random } = this.options;
    const closed = this.windows(log).filter((window) => blocks.times(window).closingMs !== Infinity);
    return closed.length > 0 ? random.pick(closed) : undefined;
  }

  /** The latest few of each topic. */
  private windows(log: LogKind): Window[] {
    const { population, blocks } = this.options;
    return population.topics.flatMap((topic) => windowsUpTo(topic, log, blocks.height).slice(-3));
  }

  /** Honest and late authors speak once for a nonce; a conflict needs one who has spoken. */
  private authorFor(intent: Intent, log: LogKind, window: Window): Account | undefined {
    const { population, random } = this.options;
    if (intent === 'unregistered') return random.pick(population.strangers);
    const name = `${log}/${window.topic.topicId}/${window.nonce}`;
    const everyone = log === 'loss' ? population.reputers : population.workers;
    const left = this.queues.get(name) ?? random.shuffled(everyone);
    this.queues.set(name, left);
    if (intent === 'honest' || intent === 'late') return left.pop();
    if (intent !== 'conflict') return random.pick(everyone);
    const silent = new Set(left);
    const spoken = everyone.filter((account) => !silent.has(account));
    return spoken.length > 0 ? random.pick(spoken) : undefined;
  }

  private write(log: LogKind, intent: Intent, author: Account, window: Window): Parcel {
    const { chainId, random } = this.options;
    const { topicId } = window.topic;
    const writing = { chainId, author, topicId, nonce: window.nonce, intent };
    const parcel = writeParcel(log, this.fields(log), writing);
    if (intent === 'honest' || intent === 'conflict') {
      if (this.sent.length < REMEMBERED) this.sent.push(parcel);
      else this.sent[random.whole(0, REMEMBERED)] = parcel;
    }
    return parcel;
  }

  /** Values that hardly ever come twice, so that other bytes are other bytes. */
  private fields(log: LogKind): object {
    const { random, population } = this.options;
    const value = (): string => random.between(1, 1_000).toFixed(9);
    if (log === 'inference') return { value: value() };
    const named = [...new Set([random.pick(population.workers), random.pick(population.workers)])];
    const list = named.map(({ address }) => address).sort();
    if (log === 'forecast') return { elements: list.map((inferer) => ({ inferer, value: value() })) };
    return {
      combined: value(),
      naive: value(),
      inferers: list.map((worker) => ({ worker, value: value() })),
      forecasters: [],
      oneOutInferers: [],
      oneOutForecasters: [],
      oneInForecasters: [],
      oneOutInfererForecasters: [],
    };
  }
}
