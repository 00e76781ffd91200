import type { AlloraClient } from './client';
import { sleep } from './sleep';
import type { Windows } from './types';

export interface FollowOptions {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** How often is asked beside the stream; 15 s unless told. */
  readonly pollMs?: number;
  /** Hears of every failed question; the following goes on. */
  readonly onTrouble?: (error: unknown) => void;
}

const DEFAULT_POLL_MS = 15_000;

/**
 * Tells the open windows of a topic at once and whenever they change. They come by a stream; beside it they are asked for now and
 * then, so that a proxy that lets no stream through only makes it slower. Ends with the signal, and with nothing else.
 */
export async function followWindows(
  client: Pick<AlloraClient, 'windows' | 'watchWindows'>,
  topicId: number,
  listener: (windows: Windows) => void,
  { signal, pollMs = DEFAULT_POLL_MS, onTrouble = () => undefined }: FollowOptions,
): Promise<void> {
  let told = '';
  let height = -1;
  const tell = (windows: Windows): void => {
    // What was asked for may be answered after the stream has told something newer.
    if (signal.aborted || windows.height < height) return;
    const text = JSON.stringify(windows.windows);
    height = windows.height;
    if (text === told) return;
    told = text;
    listener(windows);
  };
  const stream = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        for await (const windows of client.watchWindows(topicId, { signal })) tell(windows);
      } catch (error) {
        onTrouble(error);
      }
      await sleep(pollMs, signal);
    }
  };
  const poll = async (): Promise<void> => {
    for (; !signal.aborted; await sleep(pollMs, signal)) {
      try {
        tell(await client.windows(topicId));
      } catch (error) {
        onTrouble(error);
      }
    }
  };
  await Promise.all([stream(), poll()]);
}
