import type { Account } from '@allora/identity/account';
import type { AlloraClient } from './client';
import { followWindows, type FollowOptions } from './follow-windows';
import { ensureRegistered, ensureStake } from './standing';
import { Submitter } from './submitter';
import type { LossesRequest, NetworkInference, Receipt, Windows } from './types';
import type { ParticipantOptions } from './worker-client';

/** A reputer at the network's door. */
export interface ReputerClient {
  readonly account: Account;
  /** Registers and tops up the own stake where needed; returns what was added to the stake. */
  join(topicId: number, minStakeUallo: bigint): Promise<bigint>;
  follow(topicId: number, listener: (windows: Windows) => void, options: FollowOptions): Promise<void>;
  /** What is to be scored at the nonce. */
  inference(topicId: number, nonce: number, timeoutMs?: number): Promise<NetworkInference>;
  submitLosses(request: LossesRequest, until: AbortSignal): Promise<Receipt>;
}

export function createReputerClient(
  client: AlloraClient,
  account: Account,
  options: ParticipantOptions = {},
): ReputerClient {
  const submitter = options.submitter ?? new Submitter(options);
  return {
    account,
    join: async (topicId, minStakeUallo) => {
      await ensureRegistered(client, account, { topicId, role: 'reputer' });
      return ensureStake(client, account, { topicId, minStakeUallo });
    },
    follow: (topicId, listener, follow) => followWindows(client, topicId, listener, follow),
    inference: async (topicId, nonce, timeoutMs) => {
      const wait = timeoutMs === undefined ? {} : { timeoutMs };
      return (await client.epoch(topicId, nonce, { waitFor: 'inference', ...wait })).inference!;
    },
    submitLosses: (request, until) => {
      const slot = `losses ${request.topicId} ${request.nonce}`;
      const parcel = {
        slot,
        body: JSON.stringify(request),
        send: () => client.submitLosses(account, request),
      };
      return submitter.submit(parcel, until);
    },
  };
}
