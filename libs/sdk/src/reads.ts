import * as decode from './decode';
import { toNetwork } from './decode-economy';
import { waitForEpoch } from './epoch-wait';
import type { Link } from './link';
import type * as t from './types';
import { watchWindows, type WatchOptions } from './window-watch';

export interface Reads {
  /** Chain id, the key that receipts are signed with, and the fees. */
  network(): Promise<t.Network>;
  topics(): Promise<t.Topic[]>;
  topic(topicId: number): Promise<t.Topic>;
  /** The latest network inference. */
  inference(topicId: number): Promise<t.LatestInference>;
  /** With `waitFor`, holds on until that part is there, or throws TIMED_OUT (60 s by default). */
  epoch(
    topicId: number,
    nonce: number,
    options?: { readonly waitFor?: t.EpochPart; readonly timeoutMs?: number },
  ): Promise<t.Epoch>;
  participants(address: string): Promise<Record<string, unknown>>;
  windows(topicId: number): Promise<t.Windows>;
  /** The open windows now and whenever they change, through cut connections, until the signal or the end of the loop. */
  watchWindows(topicId: number, options?: WatchOptions): AsyncIterable<t.Windows>;
  /** What has become of the submission of this hash; UNKNOWN_SUBMISSION when none was accepted. */
  submission(hash: string): Promise<t.SubmissionStatus>;
}

const DEFAULT_WAIT_MS = 60_000;

export function reads({ urls, http, get }: Link): Reads {
  const epochUrl = (topicId: number, nonce: number): string =>
    `${urls.gateway}/v1/topics/${topicId}/epochs/${nonce}`;
  const windowsUrl = (topicId: number): string => `${urls.topicCoordinator}/v1/topics/${topicId}/windows`;
  return {
    network: async () => toNetwork(await get(`${urls.gateway}/v1/network`)),
    topics: async () => decode.toTopics(await get(`${urls.gateway}/v1/topics`)),
    topic: async (topicId) => decode.toTopic(await get(`${urls.gateway}/v1/topics/${topicId}`)),
    inference: async (topicId) =>
      decode.toInference(await get(`${urls.gateway}/v1/topics/${topicId}/inference`)),
    epoch: async (topicId, nonce, options = {}) => {
      const url = epochUrl(topicId, nonce);
      const { waitFor, timeoutMs = DEFAULT_WAIT_MS } = options;
      if (waitFor === undefined) return decode.toEpoch(await get(url));
      const poll = async (holdMs: number): Promise<t.Epoch> => {
        const held = `${url}?waitFor=${waitFor}&timeoutMs=${Math.ceil(holdMs)}`;
        return decode.toEpoch(await get(held, holdMs + http.timeoutMs));
      };
      return waitForEpoch(poll, waitFor, timeoutMs);
    },
    participants: async (address) => decode.toFacts(await get(`${urls.gateway}/v1/participants/${address}`)),
    windows: async (topicId) => decode.toWindows(await get(windowsUrl(topicId))),
    watchWindows: (topicId, options) => watchWindows(http, windowsUrl(topicId), options),
    submission: async (hash) =>
      decode.toSubmissionStatus(await get(`${urls.gateway}/v1/submissions/${hash}`)),
  };
}
