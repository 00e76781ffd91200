import { type EconomyReads, economyReads } from './economy-reads';
import { type EpochReads, epochReads } from './epoch-reads';
import { type InferenceReads, inferenceReads } from './inference-reads';
import { type ClientOptions, openLink } from './link';
import { type Reads, reads } from './reads';
import { type EventWatch, eventWatch } from './streams/watch-events';

export interface Consumer extends Reads, EpochReads, InferenceReads, EconomyReads, EventWatch {}

type WithoutSigning<Options> = Options extends unknown ? Omit<Options, 'chainId' | 'adminToken'> : never;
export type ConsumerOptions = WithoutSigning<ClientOptions>;

/** Everything that is read, and nothing that is signed: for browsers and Node. It needs no key and no chain id. */
export function createConsumer(options: ConsumerOptions): Consumer {
  const link = openLink({ ...options, chainId: '' });
  return {
    ...reads(link),
    ...epochReads(link),
    ...inferenceReads(link),
    ...economyReads(link),
    ...eventWatch(link),
  };
}
