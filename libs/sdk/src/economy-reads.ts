import * as decode from './decode-economy';
import { toExplanation, toSimulation } from './decode-insight';
import type * as t from './economy-types';
import type * as i from './insight-types';
import type { Link } from './link';

export interface EconomyReads {
  account(address: string): Promise<t.AccountState>;
  /** What moved on the address's accounts, newest first; whole transfers, so a page may hold some more postings than its limit. */
  statement(
    address: string,
    page?: { readonly before?: number; readonly limit?: number },
  ): Promise<t.Statement>;
  supply(): Promise<t.Supply>;
  /** The present emission, and how it was set in the latest months: 12 unless told, 1200 at most. */
  emission(options?: { readonly months?: number }): Promise<t.Emission>;
  topicEconomy(topicId: number): Promise<t.TopicEconomy>;
  /** Reputers with a stake in the topic, by address. */
  stakes(topicId: number): Promise<t.ReputerStake[]>;
  /** What an epoch paid to an address, worked out from score to uallo in each of its roles. */
  explainRewards(epoch: {
    readonly topicId: number;
    readonly nonce: number;
    readonly address: string;
  }): Promise<i.RewardExplanation>;
  /** What a past epoch would have been without some of its participants, by another norm, or with stakes moved. */
  simulateEpoch(question: i.SimulationRequest): Promise<i.Simulation>;
}

export function economyReads({ urls, get, post }: Link): EconomyReads {
  const rewards = `${urls.rewards}/v1`;
  return {
    account: async (address) => decode.toAccount(await get(`${rewards}/accounts/${address}`)),
    statement: async (address, { before, limit } = {}) =>
      decode.toStatement(await get(`${rewards}/accounts/${address}/postings${query({ before, limit })}`)),
    supply: async () => decode.toSupply(await get(`${rewards}/supply`)),
    emission: async ({ months } = {}) =>
      decode.toEmission(await get(`${rewards}/emission${query({ months })}`)),
    topicEconomy: async (topicId) => decode.toTopicEconomy(await get(`${rewards}/topics/${topicId}/economy`)),
    explainRewards: async ({ topicId, nonce, address }) =>
      toExplanation(await get(`${rewards}/topics/${topicId}/epochs/${nonce}/rewards/${address}`)),
    simulateEpoch: async ({ stakes = {}, ...question }) => {
      const amounts = Object.entries(stakes).map(([reputer, amountUallo]) => [reputer, String(amountUallo)]);
      const body = { ...question, stakes: Object.fromEntries(amounts) as Record<string, string> };
      return toSimulation(await post(`${rewards}/simulate/epoch`, body));
    },
    stakes: async (topicId) => decode.toReputerStakes(await get(`${rewards}/topics/${topicId}/stakes`)),
  };
}

function query(fields: Readonly<Record<string, number | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${given.map(([name, value]) => `${name}=${value}`).join('&')}`;
}
