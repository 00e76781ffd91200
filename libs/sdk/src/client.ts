import { type AccountCommands, accountCommands } from './account-commands';
import { type CommitReveal, commitReveal } from './commit-reveal';
import { type Commands, commands } from './commands';
import { type EconomyReads, economyReads } from './economy-reads';
import { type ClientOptions, openLink } from './link';
import { type Reads, reads } from './reads';
import { type Submissions, submissions } from './submissions';

export interface AlloraClient
  extends Reads, EconomyReads, Submissions, CommitReveal, Commands, AccountCommands {}

/** A client of the network's public HTTP endpoints, for consumers, workers and reputers. */
export function createClient(options: ClientOptions): AlloraClient {
  const link = openLink(options);
  return {
    ...reads(link),
    ...economyReads(link),
    ...submissions(link),
    ...commitReveal(link),
    ...commands(link),
    ...accountCommands(link),
  };
}
