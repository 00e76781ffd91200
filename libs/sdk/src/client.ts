import { type AccountCommands, accountCommands } from './account-commands';
import { type CommitReveal, commitReveal } from './commit-reveal';
import { type Commands, commands } from './commands';
import { type EconomyReads, economyReads } from './economy-reads';
import { type EpochReads, epochReads } from './epoch-reads';
import { type InferenceReads, inferenceReads } from './inference-reads';
import { type ClientOptions, openLink } from './link';
import { type Purchases, purchases } from './purchases';
import { type Reads, reads } from './reads';
import { type EventWatch, eventWatch } from './streams/watch-events';
import { type Submissions, submissions } from './submissions';

export interface AlloraClient
  extends
    Reads,
    EpochReads,
    InferenceReads,
    EconomyReads,
    Submissions,
    CommitReveal,
    Commands,
    AccountCommands,
    Purchases,
    EventWatch {}

/** A client of the network's public HTTP endpoints, for consumers, workers and reputers. */
export function createClient(options: ClientOptions): AlloraClient {
  const link = openLink(options);
  return {
    ...reads(link),
    ...epochReads(link),
    ...inferenceReads(link),
    ...economyReads(link),
    ...submissions(link),
    ...commitReveal(link),
    ...commands(link),
    ...accountCommands(link),
    ...purchases(link),
    ...eventWatch(link),
  };
}
