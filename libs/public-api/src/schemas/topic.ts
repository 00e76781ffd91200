import { z } from 'zod';
import { address, height, maybe, nonce, topicId, uallo } from './common';

const blocks = z.int().min(0);
const fraction = z.number();

export const topicParams = z
  .object({
    epochLengthBlocks: blocks.meta({ description: 'Blocks from one nonce to the next.', example: 100 }),
    workerWindowBlocks: blocks.meta({
      description: 'Workers may submit for so many blocks from the nonce on.',
    }),
    groundTruthLagBlocks: blocks.meta({ description: 'Blocks from the nonce until the truth is known.' }),
    reputerWindowBlocks: blocks,
    pNorm: z.number(),
    alphaRegret: fraction,
    epsilon: z.number(),
    meritSortitionAlpha: fraction,
    activeInfererQuantile: fraction,
    activeForecasterQuantile: fraction,
    activeReputerQuantile: fraction,
    maxActiveInferers: z.int(),
    maxActiveForecasters: z.int(),
    maxActiveReputers: z.int(),
    allowNegative: z.boolean(),
    revealWindowBlocks: blocks.meta({
      description: 'Above 0: workers commit first, and reveal in so many blocks.',
    }),
    minInferenceFeeUallo: uallo.optional(),
  })
  .meta({ id: 'TopicParams', description: 'Rules of a topic. Lengths are in blocks.' });

export const windowStage = z.enum(['submit', 'commit', 'reveal']);

export const openWindow = z
  .object({
    nonce,
    role: z.enum(['worker', 'reputer']),
    stage: windowStage.meta({
      description: 'What is taken: values, or commitments first and then their values.',
    }),
    openedHeight: height,
    closesHeight: height.meta({ description: 'Exclusive.' }),
  })
  .meta({ id: 'OpenWindow' });

export const topic = z
  .object({
    id: z.int().min(1).meta({ example: 1 }),
    creator: address,
    metadata: z.string().meta({ example: 'BTC/USD in 5 minutes' }),
    lossMethod: z.string().meta({ example: 'mse' }),
    params: topicParams.optional(),
    active: z
      .boolean()
      .meta({ description: 'False: no further epoch opens until its weight is high enough again.' }),
    createdHeight: height,
    creationFeeUallo: uallo.optional(),
    latestNonce: maybe(nonce).meta({ description: 'Of the latest inference that has a value.' }),
    openWindows: z.array(openWindow),
  })
  .meta({ id: 'Topic' });

export const topicSettings = topic
  .omit({ latestNonce: true, openWindows: true })
  .meta({ id: 'TopicSettings', description: 'A topic as its creator made or changed it.' });

export const openWindows = z
  .object({
    topicId,
    height: height.meta({ description: 'As of which they are open.' }),
    windows: z.array(openWindow),
  })
  .meta({ id: 'OpenWindows' });

export const registration = z
  .object({
    topicId,
    address,
    role: z.enum(['worker', 'reputer']),
    shadow: z.boolean(),
    height: height.meta({ description: 'Since which it stands so.' }),
  })
  .meta({ id: 'Registration' });

export const TOPIC_FIELDS = [
  'id',
  'creator',
  'metadata',
  'lossMethod',
  'params',
  'active',
  'createdHeight',
  'creationFeeUallo',
  'latestNonce',
  'openWindows',
] as const;
