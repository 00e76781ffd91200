import { rewardsGrpcAddress } from '@allora/service-kit/addresses';
import { commonConfig, grpcPort, httpPort } from '@allora/service-kit/common-config';
import { z } from 'zod';

export const topicCoordinatorConfig = commonConfig.extend({
  httpPort: httpPort(8081),
  grpcPort: grpcPort(9081),
  rewardsGrpcAddress,
  clock: z
    .enum(['wall', 'manual'])
    .default('wall')
    .describe('wall: block height follows the time of day; manual: only AdvanceClock moves it'),
  genesisTime: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When block 0 began, as 2026-01-31T12:00:00Z; without it the first start decides, for good'),
  blockIntervalMs: z
    .number()
    .int()
    .min(10)
    .max(3_600_000)
    .default(5_000)
    .describe('Length of a block, in ms; of a running network it is never changed'),
  maxStepBlocks: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('Most blocks told at once when catching up after a pause'),
  maxEndedEpochs: z
    .number()
    .int()
    .min(1)
    .max(200_000)
    .default(50_000)
    .describe('Ended epochs beyond which a record of blocks is split, a block at least in each'),
  concurrentTopics: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Topics whose turns are told at the same time'),
  maxTopicShadows: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(100)
    .describe('Most shadows of a topic; further ones are refused'),
  maxWindowStreams: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(10_000)
    .describe('Most followers of open windows at this replica; further ones are refused'),
  windowsPollMs: z
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(1_000)
    .describe('Followed topics are looked at this often, in ms, in case the cache told nothing of a change'),
});

export type TopicCoordinatorConfig = z.output<typeof topicCoordinatorConfig>;

export const TOPIC_COORDINATOR_CONFIG = Symbol('TOPIC_COORDINATOR_CONFIG');
