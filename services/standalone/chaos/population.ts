import type { Account } from '@allora/identity/account';
import type { AlloraClient } from '@allora/sdk/client';
import { LOSS_METHOD } from '../demo/loss';
import { fund, topicParams } from '../demo/set-up';
import type { ChaosTopic } from './blocks';
import type { SeededRandom } from './random';

export interface Population {
  readonly topics: readonly ChaosTopic[];
  readonly workers: readonly Account[];
  readonly reputers: readonly Account[];
  /** Registered nowhere. */
  readonly strangers: readonly Account[];
}

export interface PopulationSize {
  readonly topics: number;
  readonly workers: number;
  readonly reputers: number;
}

const SIDE_BY_SIDE = 8;
const STAKE_UALLO = 10n ** 21n;

/** An epoch of ten blocks in which a window is nearly always open somewhere. */
export const chaosParams = {
  ...topicParams,
  epochLengthBlocks: 10,
  workerWindowBlocks: 6,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 6,
  activeInfererQuantile: 0.2,
};

export async function setUpPopulation(
  client: AlloraClient,
  random: SeededRandom,
  size: PopulationSize,
  signal: AbortSignal,
): Promise<Population> {
  const accounts = (role: string, count: number): Account[] =>
    Array.from({ length: count }, (_, n) => random.account(`${role}/${n}`));
  const workers = accounts('worker', size.workers);
  const reputers = accounts('reputer', size.reputers);
  const creator = random.account('creator');
  await fundAll(client, [creator, ...workers], signal);
  await fundAll(client, reputers, signal, STAKE_UALLO * BigInt(size.topics));
  const topics: ChaosTopic[] = [];
  for (let n = 0; n < size.topics; n += 1) {
    const { id, createdHeight } = await client.createTopic(creator, {
      metadata: `chaos ${n}`,
      lossMethod: LOSS_METHOD,
      params: chaosParams,
      requestId: `chaos-${n}`,
    });
    topics.push({ topicId: id, firstNonce: createdHeight + 1, params: chaosParams });
  }
  const tasks = topics.flatMap(({ topicId }) => [
    ...workers.map((account) => () => client.register(account, topicId, 'worker')),
    ...reputers.map((account) => async () => {
      await client.register(account, topicId, 'reputer');
      const requestId = `chaos-${topicId}-${account.address.slice(-12)}`;
      await client.depositStake(account, { topicId, amountUallo: STAKE_UALLO, requestId });
    }),
  ]);
  await sideBySide(tasks, signal);
  return { topics, workers, reputers, strangers: accounts('stranger', 5) };
}

/** With what fees of registrations and submissions take, and more. */
export const fundAll = (
  client: AlloraClient,
  accounts: readonly Account[],
  signal: AbortSignal,
  besidesUallo = 0n,
): Promise<void> =>
  sideBySide(
    accounts.map((account) => () => fund(client, [account], { requestId: 'chaos-fund', besidesUallo })),
    signal,
  );

async function sideBySide(tasks: readonly (() => Promise<unknown>)[], signal: AbortSignal): Promise<void> {
  const left = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = left.shift(); task; task = left.shift()) {
      signal.throwIfAborted();
      await task();
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
}
