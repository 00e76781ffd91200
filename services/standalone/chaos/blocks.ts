import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicParams } from '@allora/sdk/types';
import type { LogKind, WindowTimes } from './history';

export interface ChaosTopic {
  readonly topicId: number;
  readonly firstNonce: number;
  readonly params: TopicParams;
}

export interface Window {
  readonly topic: ChaosTopic;
  readonly nonce: number;
  readonly opensHeight: number;
  /** Exclusive. */
  readonly closesHeight: number;
}

export function windowOf(topic: ChaosTopic, log: LogKind, nonce: number): Window {
  const { workerWindowBlocks, groundTruthLagBlocks, reputerWindowBlocks } = topic.params;
  const opensHeight = log === 'loss' ? nonce + groundTruthLagBlocks : nonce;
  const length = log === 'loss' ? reputerWindowBlocks : workerWindowBlocks;
  return { topic, nonce, opensHeight, closesHeight: opensHeight + length };
}

/** Windows of a topic that have opened by the height, in order of nonce. */
export function windowsUpTo(topic: ChaosTopic, log: LogKind, height: number): Window[] {
  const windows: Window[] = [];
  for (let nonce = topic.firstNonce; ; nonce += topic.params.epochLengthBlocks) {
    const window = windowOf(topic, log, nonce);
    if (window.opensHeight > height) return windows;
    windows.push(window);
  }
}

const ATTEMPT_MS = 5_000;
const AGAIN_MS = 200;

/**
 * Pushes the manual block clock on, one block after another. A push that is not answered is repeated: the same height again
 * tells what an interrupted one left untold. Blocks take longer while the coordinator is away, and none is left out.
 */
export class BlockDriver {
  /** Of the last height that the coordinator has confirmed. */
  height = 0;
  private readonly askedAtMs = new Map<number, number>();
  private readonly confirmedAtMs = new Map<number, number>();

  constructor(private readonly url: string) {}

  async run(blockMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dueMs = Date.now() + blockMs;
      await this.advanceTo(this.height + 1, signal);
      await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves when it is confirmed, or when the signal ends it. */
  async advanceTo(target: number, signal: AbortSignal): Promise<void> {
    while (this.height < target && !signal.aborted) {
      const next = this.height + 1;
      if (!this.askedAtMs.has(next)) this.askedAtMs.set(next, Date.now());
      if (await this.push(next)) {
        this.height = next;
        this.confirmedAtMs.set(next, Date.now());
      } else {
        await sleep(AGAIN_MS);
      }
    }
  }

  times({ opensHeight, closesHeight }: Window): WindowTimes {
    return {
      openedMs: this.confirmedAtMs.get(opensHeight) ?? Infinity,
      closingMs: this.askedAtMs.get(closesHeight) ?? Infinity,
    };
  }

  /** Open for sure: confirmed open, and its end not yet asked for. */
  isOpen(window: Window): boolean {
    const { openedMs, closingMs } = this.times(window);
    return openedMs !== Infinity && closingMs === Infinity;
  }

  private async push(height: number): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/v1/clock/advance`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ height }),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }
}
