import { randomUUID } from 'node:crypto';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import * as decode from './decode';
import { AlloraError } from './errors';
import type { Link } from './link';
import type * as t from './types';

export interface Commands {
  createTopic(creator: Account, request: t.TopicRequest): Promise<t.Topic>;
  /** By its creator, while no window of the topic is open. */
  changeTopic(creator: Account, request: t.TopicChangeRequest): Promise<t.Topic>;
  /** Once for all, or again to become a shadow or a full worker, which counts from the next epoch on. */
  register(account: Account, topicId: number, role: t.RoleName, standing?: t.Standing): Promise<t.Registered>;
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
    register: async (account, topicId, role, { shadow = false } = {}) => {
      const roleValue = role === 'worker' ? Role.WORKER : Role.REPUTER;
      const url = `${urls.topicCoordinator}/v1/topics/${topicId}/registrations`;
      const sign = async (asked: { requestId?: string }) => {
        const fields = { address: account.address, role, ...(shadow ? { shadow } : {}), ...asked };
        const value = { topicId, shadow, requestId: '', ...fields, role: roleValue };
        return decode.toRegistered(await command(account, url, { $case: 'registration', value }, fields));
      };
      return sign({}).catch((error: unknown) => {
        if (error instanceof AlloraError && error.code === 'OTHER_STANDING')
          return sign({ requestId: randomUUID() });
        throw error;
      });
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
