import { randomUUID } from 'node:crypto';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import * as decode from './decode';
import type { Link } from './link';
import type * as t from './types';

export interface Commands {
  createTopic(creator: Account, request: t.TopicRequest): Promise<t.Topic>;
  /** By its creator, while no window of the topic is open. */
  changeTopic(creator: Account, request: t.TopicChangeRequest): Promise<t.Topic>;
  register(account: Account, topicId: number, role: t.RoleName): Promise<t.Registered>;
  /** Returns the reputer's stake in the topic. */
  depositStake(reputer: Account, request: t.StakeRequest): Promise<bigint>;
  /** Test networks only. */
  faucet(request: t.FaucetRequest): Promise<Record<string, unknown>>;
  /** With a manual clock only; returns the height reached. */
  advanceClock(height: number): Promise<number>;
}

export function commands({ urls, adminToken, post, command }: Link): Commands {
  return {
    createTopic: async (account, { requestId = randomUUID(), ...request }) => {
      const fields = { creator: account.address, ...request, requestId };
      const body = { $case: 'topicCreation', value: fields } as const;
      return decode.toTopic(await command(account, `${urls.topicCoordinator}/v1/topics`, body, fields));
    },
    changeTopic: async (account, { topicId, requestId = randomUUID(), ...change }) => {
      const fields = { creator: account.address, requestId, params: undefined, ...change };
      const body = { $case: 'topicChange', value: { topicId, ...fields } } as const;
      const url = `${urls.topicCoordinator}/v1/topics/${topicId}`;
      return decode.toTopic(await command(account, url, body, fields, 'PATCH'));
    },
    register: async (account, topicId, role) => {
      const fields = { address: account.address, role };
      const roleValue = role === 'worker' ? Role.WORKER : Role.REPUTER;
      const body = {
        $case: 'registration',
        value: { topicId, address: account.address, role: roleValue, shadow: false, requestId: '' },
      } as const;
      const url = `${urls.topicCoordinator}/v1/topics/${topicId}/registrations`;
      return decode.toRegistered(await command(account, url, body, fields));
    },
    depositStake: async (account, { topicId, amountUallo, requestId = randomUUID() }) => {
      const fields = { reputer: account.address, amountUallo: String(amountUallo), requestId };
      const body = { $case: 'stakeDeposit', value: { topicId, ...fields } } as const;
      const url = `${urls.rewards}/v1/topics/${topicId}/stakes`;
      return decode.toStakeUallo(await command(account, url, body, fields));
    },
    faucet: async ({ address, amountUallo, requestId = randomUUID() }) => {
      const fields = { address, amountUallo: String(amountUallo), requestId };
      return decode.toFacts(await post(`${urls.rewards}/v1/faucet`, fields));
    },
    advanceClock: async (height) =>
      decode.toHeight(await post(`${urls.topicCoordinator}/v1/clock/advance`, { height }, adminToken)),
  };
}
