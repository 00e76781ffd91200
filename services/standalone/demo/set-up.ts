import type { Account } from '@allora/identity/account';
import type { TopicParams } from '@allora/sdk/types';
import type { DemoClient } from './demo-client';
import type { Cast } from './cast';
import { allo } from './decimal';
import { LOSS_METHOD } from './loss';

/** An epoch is a trading day of ten blocks: the truth is known when the next epoch begins. */
export const topicParams: TopicParams = {
  epochLengthBlocks: 10,
  workerWindowBlocks: 4,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 3,
  pNorm: 3,
  alphaRegret: 0.1,
  epsilon: 0.01,
  meritSortitionAlpha: 0.1,
  activeInfererQuantile: 0.2,
  activeForecasterQuantile: 0.2,
  activeReputerQuantile: 0.2,
  maxActiveInferers: 32,
  maxActiveForecasters: 6,
  maxActiveReputers: 6,
  allowNegative: false,
  revealWindowBlocks: 0,
};

/**
 * The same for each of the four reputers: the liar holds a quarter. Emission is a rate of what is staked, so it takes a stake of
 * this size for payments that can be read in ALLO.
 */
const STAKE_UALLO = allo(250_000n);
/** Creation, registrations and submissions cost thousands of uallo at most: enough for ever. */
const FEES_UALLO = allo(1n);
const METADATA = 'S&P 500 index, close of the next trading day';

export interface DemoTopic {
  readonly topicId: number;
  readonly firstNonce: number;
}

/** Has the faucet give each of them what its fees take, and more where it is told to. */
export async function fund(
  client: Pick<DemoClient, 'faucet'>,
  accounts: readonly Account[],
  options: { readonly requestId: string; readonly besidesUallo?: bigint },
): Promise<void> {
  const { requestId, besidesUallo = 0n } = options;
  const amountUallo = FEES_UALLO + besidesUallo;
  await Promise.all(accounts.map(({ address }) => client.faucet({ address, amountUallo, requestId })));
}

/** Funds everyone, opens the topic, registers all, stakes the reputers. The first epoch opens one block later. */
export async function setUpTopic(client: DemoClient, cast: Cast, runId: string): Promise<DemoTopic> {
  const requestId = `demo-${runId}`;
  const accountsOf = (members: readonly { readonly account: Account }[]) =>
    members.map(({ account }) => account);
  const workers = accountsOf([...cast.inferers, ...cast.forecasters]);
  const reputers = accountsOf(cast.reputers);
  await Promise.all([
    fund(client, [cast.creator, ...workers], { requestId }),
    fund(client, reputers, { requestId, besidesUallo: STAKE_UALLO }),
  ]);
  const { id: topicId, createdHeight } = await client.createTopic(cast.creator, {
    metadata: METADATA,
    lossMethod: LOSS_METHOD,
    params: topicParams,
    requestId,
  });
  await Promise.all([
    ...workers.map((account) => client.register(account, topicId, 'worker')),
    ...reputers.map(async (account) => {
      await client.register(account, topicId, 'reputer');
      await client.depositStake(account, { topicId, amountUallo: STAKE_UALLO, requestId });
    }),
  ]);
  return { topicId, firstNonce: createdHeight + 1 };
}
