import type { TopicParams } from '@allora/sdk/types';
import { decimalText } from '../decimal';
import { lossBundle } from '../reputers/loss-bundle';
import { seededNormal } from '../seed';
import type { EconomyClient } from './economy-client';
import type { EconomyCast } from './economy-cast';

/** Two epochs to a month of thirty blocks, each over before the next one opens. */
export const topicParams: TopicParams = {
  epochLengthBlocks: 15,
  workerWindowBlocks: 2,
  groundTruthLagBlocks: 4,
  reputerWindowBlocks: 2,
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
  allowNegative: true,
  revealWindowBlocks: 0,
};

/** How long an epoch may take to be computed and paid on a busy machine before the demo gives up. */
const EPOCH_LIMIT_MS = 120_000;
const PLACES = 6;

export interface EconomyStage {
  readonly client: EconomyClient;
  readonly cast: EconomyCast;
  readonly seed: string;
  readonly topicId: number;
}

/** Something to foretell: a slow wave with weather on it. */
const truthAt = (seed: string, nonce: number): number =>
  100 + 10 * Math.sin(nonce / 40) + seededNormal(seed, 'truth', nonce);

/** Workers answer and reputers judge, all signed and through the public doors. Returns how many submissions that took. */
export async function playEpoch(
  { client, cast, seed, topicId }: EconomyStage,
  nonce: number,
): Promise<number> {
  const truth = truthAt(seed, nonce);
  await client.advanceClock(nonce);
  const noise = (name: string) => seededNormal(seed, name, nonce);
  await Promise.all([
    ...cast.inferers.map((account, n) => {
      const value = decimalText(truth + (0.5 + 0.5 * n) * noise(`inferer ${n}`), PLACES);
      return client.submitInference(account, { topicId, nonce, value });
    }),
    client.submitForecast(cast.forecaster, {
      topicId,
      nonce,
      elements: cast.inferers.map(({ address }, n) => ({
        inferer: address,
        value: decimalText(2 * Math.log10(0.5 + 0.5 * n) + 0.3 * noise(`forecast ${n}`), PLACES),
      })),
    }),
  ]);
  await client.advanceClock(nonce + topicParams.groundTruthLagBlocks);
  const { inference } = await client.epoch(topicId, nonce, {
    waitFor: 'inference',
    timeoutMs: EPOCH_LIMIT_MS,
  });
  if (inference === null) throw new Error('an epoch waited for has its inference');
  await Promise.all(
    cast.reputers.map((account, n) =>
      client.submitLosses(account, lossBundle(inference, truth + 0.01 * noise(`reputer ${n}`))),
    ),
  );
  return cast.inferers.length + 1 + cast.reputers.length;
}

/** What an epoch paid to everyone; waits until it has. */
export async function rewardsOf({ client, topicId }: EconomyStage, nonce: number): Promise<bigint> {
  const { rewards } = await client.epoch(topicId, nonce, { waitFor: 'rewards', timeoutMs: EPOCH_LIMIT_MS });
  if (rewards === null) throw new Error('an epoch waited for is paid');
  return rewards.payments.reduce(
    (sum, { amountUallo, delegatorsUallo = '0' }) => sum + BigInt(amountUallo) + BigInt(delegatorsUallo),
    0n,
  );
}
