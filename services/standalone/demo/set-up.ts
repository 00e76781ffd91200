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

/** The same for each of the four reputers: the liar holds a quarter. */
const STAKE_UALLO = allo(1_000n);
const METADATA = 'S&P 500 index, close of the next trading day';

export interface DemoTopic {
  readonly topicId: number;
  readonly firstNonce: number;
}

/** Opens the topic, registers everyone, funds and stakes the reputers. The first epoch opens one block later. */
export async function setUpTopic(client: DemoClient, cast: Cast, runId: string): Promise<DemoTopic> {
  const requestId = `demo-${runId}`;
  const { id: topicId, createdHeight } = await client.createTopic(cast.creator, {
    metadata: METADATA,
    lossMethod: LOSS_METHOD,
    params: topicParams,
    requestId,
  });
  await Promise.all([
    ...[...cast.inferers, ...cast.forecasters].map(({ account }) =>
      client.register(account, topicId, 'worker'),
    ),
    ...cast.reputers.map(async ({ name, account }) => {
      await client.register(account, topicId, 'reputer');
      await client.faucet({
        address: account.address,
        amountUallo: STAKE_UALLO,
        requestId: `${requestId}-${name}`,
      });
      await client.depositStake(account, { topicId, amountUallo: STAKE_UALLO, requestId });
    }),
  ]);
  return { topicId, firstNonce: createdHeight + 1 };
}
