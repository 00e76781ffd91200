import { randomUUID } from 'node:crypto';
import type { Supply } from '@allora/sdk/economy-types';
import { LOSS_METHOD } from '../loss';
import { BLOCKS_PER_MONTH, closeMonth, type Played } from './close-month';
import type { EconomyClient } from './economy-client';
import { createEconomyCast, type EconomyCast, RESERVE_UALLO, STARTING_UALLO } from './economy-cast';
import { type EconomyStage, playEpoch, rewardsOf, topicParams } from './economy-epoch';
import { cancelRemoval, openMonth, payForEpoch } from './economy-market';
import { type EconomySummary, summariseEconomy } from './economy-summary';
import type { MonthReport } from './month-report';
import { planOf } from './scenario';

export interface EconomyOptions {
  readonly client: EconomyClient;
  readonly months: number;
  /** Decides keys, what is foretold and how busy consumers are. */
  readonly seed: string;
  onMonth?(report: MonthReport): void;
}

const EPOCHS_PER_MONTH = BLOCKS_PER_MONTH / topicParams.epochLengthBlocks;
/** Month in which vesting first unlocks. */
const UNLOCK_MONTH = 12;

/** Everyone registered, and staked by those who stake from the start. Nothing of it takes a block. */
async function setUp(
  client: EconomyClient,
  cast: EconomyCast,
): Promise<{ topicId: number; firstNonce: number }> {
  const { id: topicId, createdHeight } = await client.createTopic(cast.creator, {
    metadata: 'A wave with weather on it',
    lossMethod: LOSS_METHOD,
    params: topicParams,
    requestId: randomUUID(),
  });
  await Promise.all([
    ...[...cast.inferers, cast.forecaster].map((account) => client.register(account, topicId, 'worker')),
    ...cast.reputers.map(async (account) => {
      await client.register(account, topicId, 'reputer');
      const amountUallo = STARTING_UALLO.reputer - RESERVE_UALLO;
      await client.depositStake(account, { topicId, amountUallo });
    }),
    ...cast.validators.map((account) =>
      client.stakeValidator(account, { amountUallo: STARTING_UALLO.validator - RESERVE_UALLO }),
    ),
  ]);
  await Promise.all(
    cast.delegators.map((account, n) => {
      const amountUallo = STARTING_UALLO.delegator - RESERVE_UALLO;
      return client.delegate(account, { topicId, reputer: cast.reputers[n]!.address, amountUallo });
    }),
  );
  return { topicId, firstNonce: createdHeight + 1 };
}

/** A month from its first block to its last. */
async function playMonth(
  stage: EconomyStage,
  options: { month: number; firstNonce: number; start: Supply; needUallo: bigint },
): Promise<Played> {
  const { month, firstNonce, start, needUallo } = options;
  const plan = planOf(month, stage.seed);
  const { circulatingUallo, stakedUallo } = start;
  let inferenceFeesUallo = await openMonth(stage, plan, { circulatingUallo, stakedUallo, needUallo });
  let submissions = 0;
  const nonces: number[] = [];
  for (let epoch = 0; epoch < EPOCHS_PER_MONTH; epoch += 1) {
    const nonce = firstNonce + month * BLOCKS_PER_MONTH + epoch * topicParams.epochLengthBlocks;
    inferenceFeesUallo += await payForEpoch(stage, plan, { needUallo, epoch, epochs: EPOCHS_PER_MONTH });
    if (epoch === 1 && plan.removal === 'cancelled') await cancelRemoval(stage);
    submissions += await playEpoch(stage, nonce);
    nonces.push(nonce);
  }
  await stage.client.advanceClock((month + 1) * BLOCKS_PER_MONTH);
  const paid = await Promise.all(nonces.map((nonce) => rewardsOf(stage, nonce)));
  const rewardsUallo = paid.reduce((sum, amount) => sum + amount, 0n);
  return { inferenceFeesUallo, rewardsUallo, submissions };
}

/**
 * Months of a whole network on its manual clock. People do what people do through its public endpoints; what comes of it is read
 * from there too.
 */
export async function playEconomy(options: EconomyOptions): Promise<EconomySummary> {
  const { client, months, seed } = options;
  const startedMs = performance.now();
  const cast = createEconomyCast(seed);
  const { topicId, firstNonce } = await setUp(client, cast);
  const stage: EconomyStage = { client, cast, seed, topicId };
  const reports: MonthReport[] = [];
  const violations: string[] = [];
  let start = await client.supply();
  for (let month = 0; month < months; month += 1) {
    const needUallo = reports.at(-1)?.emissionUallo ?? 0n;
    const played = await playMonth(stage, { month, firstNonce, start, needUallo });
    const closed = await closeMonth(client, { month, start, played });
    violations.push(...closed.violations);
    reports.push(closed.report);
    options.onMonth?.(closed.report);
    start = closed.end;
  }
  return summariseEconomy(reports, {
    ...{ seed, violations, unlockMonth: UNLOCK_MONTH, epochs: months * EPOCHS_PER_MONTH },
    seconds: (performance.now() - startedMs) / 1_000,
  });
}
