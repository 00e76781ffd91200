import type { AlloraClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import { followWindows } from '@allora/sdk/follow-windows';
import { sleep } from '@allora/sdk/sleep';
import type { Topic, Windows } from '@allora/sdk/types';
import type { EntryKind } from '../journal/journal';
import { wordsOf } from '../log';
import { resultOf } from '../status/results';
import { OpenWindows, type WindowWork } from './open-windows';
import { type Desk, labelsOf, type Role } from './participant';
import { showEntry } from './send-entry';

export interface MemberOptions {
  readonly role: Role;
  readonly desk: Desk;
  readonly client: AlloraClient;
  /** Registers, tops up, opens models: everything that stands before the first window. May be asked again when it throws. */
  readonly prepare: (topic: Topic) => Promise<WindowWork>;
  readonly close: () => Promise<void>;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Epochs looked at after each change of the windows. */
const RESULTS_AT_ONCE = 4;
/** Unseen windows told of at once. */
const GAPS_MAX = 20;

const kindsOf: Readonly<Record<Role, readonly EntryKind[]>> = {
  worker: ['inference', 'forecast'],
  reputer: ['losses'],
};

/** A worker or reputer of one topic, from its registration to the end of the runner. */
export class Member {
  private readonly ending = new AbortController();
  private windows: OpenWindows | undefined;
  private running: Promise<void> | undefined;
  private settling: Promise<void> = Promise.resolve();
  private topic: Topic | undefined;
  private lastNonce: number | undefined;
  /** What has stood between this runner and the network since it last heard of windows. */
  private trouble: string | undefined;

  constructor(private readonly options: MemberOptions) {}

  start(afterMs: number): void {
    this.running = this.run(afterMs);
  }

  get current(): Topic | undefined {
    return this.topic;
  }

  async idle(): Promise<void> {
    await this.windows?.idle();
    await this.settling;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
    await this.windows?.stop();
    await this.settling;
    await this.options.close();
    this.options.desk.book.setState('stopped');
  }

  private async run(afterMs: number): Promise<void> {
    const { signal } = this.ending;
    await sleep(afterMs, signal);
    const work = await this.prepared(signal);
    if (!work) return;
    const { desk, client, role } = this.options;
    const windows = new OpenWindows(role, this.counted(work));
    this.windows = windows;
    desk.book.setState('running');
    let first = true;
    const listener = (state: Windows): void => {
      desk.book.setState('running');
      this.noteGaps(state);
      desk.pace.told(state.height, desk.now());
      windows.update(state);
      if (first) this.leftovers(work, state);
      first = false;
      this.settle();
    };
    await followWindows(client, desk.topicId, listener, {
      signal,
      pollMs: desk.limits.pollMs,
      onTrouble: (error) => {
        this.trouble = wordsOf(error);
        desk.book.setState('running', this.trouble);
      },
    });
  }

  /** Tries until it can begin: whoever funds the account or starts the network need not start the runner again. */
  private async prepared(signal: AbortSignal): Promise<WindowWork | undefined> {
    const { desk, client, prepare } = this.options;
    for (let pauseMs = RETRY_FIRST_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)) {
      try {
        this.topic = await client.topic(desk.topicId);
        const work = await prepare(this.topic);
        desk.log.info({ topicId: desk.topicId, address: desk.address, role: this.options.role }, 'ready');
        return work;
      } catch (error) {
        const blocked = !(error instanceof AlloraError) || error.status >= 400;
        desk.book.setState(blocked ? 'blocked' : 'starting', wordsOf(error));
        desk.log.error({ topicId: desk.topicId, address: desk.address }, wordsOf(error));
      }
      await sleep(pauseMs, signal);
    }
    return undefined;
  }

  private counted(work: WindowWork): WindowWork {
    const { desk, role } = this.options;
    return {
      work: (window) => work.work(window),
      closed: async (nonce) => {
        await work.closed(nonce);
        const before = desk.book.status().missedWindows;
        desk.book.closed(nonce);
        const outcome = desk.book.status().missedWindows > before ? 'missed' : 'served';
        desk.metrics.windows.inc({ ...labelsOf(desk), role, outcome });
      },
    };
  }

  /** Windows that passed while the network could not be reached; without trouble a gap is a topic that rests. */
  private noteGaps({ windows }: Windows): void {
    const { desk, role } = this.options;
    const nonces = windows.filter((window) => window.role === role).map(({ nonce }) => nonce);
    const newest = Math.max(...nonces);
    const epochBlocks = this.topic?.params?.epochLengthBlocks ?? Infinity;
    if (this.trouble !== undefined && this.lastNonce !== undefined && nonces.length > 0) {
      const first = Math.max(this.lastNonce + epochBlocks, newest - GAPS_MAX * epochBlocks);
      for (let nonce = first; nonce < newest; nonce += epochBlocks) {
        if (!nonces.includes(nonce)) desk.book.unseen(nonce, desk.now(), this.trouble);
      }
    }
    if (nonces.length > 0) this.lastNonce = newest;
    this.trouble = undefined;
  }

  /** What an earlier life of this runner left without a last word, and windows that it served, to be seen. */
  private leftovers(work: WindowWork, { windows }: Windows): void {
    const { desk, role } = this.options;
    const open = new Set(windows.filter((window) => window.role === role).map(({ nonce }) => nonce));
    const entries = kindsOf[role].flatMap((kind) => desk.journal.list(kind, desk.topicId));
    const nonces = [...new Set(entries.map(({ nonce }) => nonce))].filter((nonce) => !open.has(nonce));
    for (const nonce of nonces.slice(-10)) {
      desk.book.past(nonce, desk.now());
      for (const entry of entries) if (entry.nonce === nonce) showEntry(desk, entry);
    }
    this.settling = this.settling.then(async () => {
      for (const nonce of nonces) await work.closed(nonce);
    });
  }

  /** Asks what became of windows that are over. A failed question is asked again at the next change. */
  private settle(): void {
    const { desk, client, role } = this.options;
    this.settling = this.settling.then(async () => {
      for (const nonce of desk.book.unsettled().slice(0, RESULTS_AT_ONCE)) {
        try {
          const epoch = await client.epoch(desk.topicId, nonce);
          desk.book.result(nonce, resultOf(epoch, desk.address, role));
          desk.metrics.earnedAllo.set(
            { ...labelsOf(desk), role },
            Number(desk.book.status().earnedUallo) / 1e18,
          );
        } catch (error) {
          desk.log.debug({ topicId: desk.topicId, nonce }, wordsOf(error));
          return;
        }
      }
    });
  }
}
