import { z } from 'zod';
import { address, atMs, height, maybe, nonce, topicId, uallo } from './common';
import { answerShape, timesShape } from './inference';
import { epochShadows, shadowLosses } from './shadow';
import { topicParams } from './topic';

const passive = z.array(z.object({ worker: address, emaScore: z.number(), rank: z.int() }));
const settledNonce = nonce.optional();
const params = topicParams.optional();

export const epochInference = z
  .object({
    ...answerShape,
    oneOutInfererForecastImplied: z.array(z.object({ values: z.array(z.number()) })),
    passiveInferers: passive,
    passiveForecasters: passive,
    forecasts: z.array(
      z.object({
        forecaster: address,
        elements: z.array(z.object({ inferer: address, forecastLoss: z.number() })),
      }),
    ),
    settledNonce,
    params,
    ...epochShadows,
  })
  .meta({
    id: 'EpochInference',
    description: 'The inference with everything that reputers need to score it.',
  });

const outcome = z.enum([
  'EPOCH_OUTCOME_UNSPECIFIED',
  'EPOCH_OUTCOME_SCORED',
  'EPOCH_OUTCOME_NO_INFERENCES',
  'EPOCH_OUTCOME_NO_LOSSES',
]);
const workerLosses = z.array(z.object({ worker: address, loss: z.number() }));

export const networkLosses = z
  .object({
    topicId,
    nonce,
    outcome,
    losses: maybe(
      z.object({
        combined: z.number(),
        naive: z.number(),
        inferers: workerLosses,
        forecasters: workerLosses,
        oneOutInferers: workerLosses,
        oneOutForecasters: workerLosses,
        oneInForecasters: workerLosses,
        oneOutInfererForecasters: z.array(z.object({ forecaster: address, oneOutInferers: workerLosses })),
      }),
    ),
    settledNonce,
    params,
    ...shadowLosses,
  })
  .meta({ id: 'NetworkLosses', description: 'log10 losses on which the reputers agree.' });

const score = { score: maybe(z.number()), emaScore: maybe(z.number()) };
const participantScores = z.array(z.object({ participant: address, ...score }));

export const epochScores = z
  .object({
    topicId,
    nonce,
    outcome,
    inferers: participantScores,
    forecasters: participantScores,
    reputers: z.array(
      z.object({
        reputer: address,
        ...score,
        stakeUallo: uallo,
        delegatedUallo: uallo,
        listeningCoefficient: z.number(),
      }),
    ),
    combinedLoss: z.number(),
    naiveLoss: z.number(),
    findings: z.array(
      z.object({
        reputer: address,
        reason: maybe(z.string()),
        rank: maybe(z.int()),
        emaScore: maybe(z.number()),
        dropped: z.array(z.object({ field: z.string(), worker: z.string(), reason: z.string() })),
        droppedCount: z.int(),
      }),
    ),
    settledNonce,
    params,
  })
  .meta({ id: 'EpochScores' });

export const epochRewards = z
  .object({
    topicId,
    nonce,
    emissionUallo: uallo,
    dustUallo: uallo,
    infererEntropy: z.number(),
    forecasterEntropy: z.number(),
    reputerEntropy: z.number(),
    chi: z.number(),
    gamma: z.number(),
    inferenceTaskRewardUallo: z.number(),
    forecastingTaskRewardUallo: z.number(),
    reputationTaskRewardUallo: z.number(),
    payments: z.array(
      z.object({
        participant: address,
        role: z.enum(['REWARD_ROLE_INFERER', 'REWARD_ROLE_FORECASTER', 'REWARD_ROLE_REPUTER']),
        fraction: z.number(),
        amountUallo: uallo,
        delegatorsUallo: uallo.optional(),
      }),
    ),
  })
  .meta({ id: 'EpochRewards' });

const opened = maybe(z.object({ height, closesHeight: height, atMs }));
const closed = maybe(z.object({ height, atMs }));

export const EPOCH_STATES = [
  'worker_window_opened',
  'reveal_window_opened',
  'worker_window_closed',
  'inference',
  'reputer_window_opened',
  'reputer_window_closed',
  'losses',
  'scores',
  'rewards',
] as const;
const epochState = maybe(z.enum(EPOCH_STATES)).meta({ description: 'The furthest that it has come.' });

export const epochOverview = z.object({ nonce, status: epochState });

export const epoch = z
  .object({
    topicId,
    nonce,
    status: epochState,
    params: maybe(topicParams),
    phases: z.object({
      workerWindowOpened: opened,
      revealWindowOpened: opened,
      workerWindowClosed: closed,
      reputerWindowOpened: opened,
      reputerWindowClosed: closed,
    }),
    ...timesShape,
    inference: maybe(epochInference),
    losses: maybe(networkLosses),
    scores: maybe(epochScores),
    rewards: maybe(epochRewards),
  })
  .meta({ id: 'Epoch', description: 'Everything known of an epoch; null for what is not known (yet).' });
