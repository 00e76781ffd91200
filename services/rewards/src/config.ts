import {
  coordinatorGrpcAddress,
  reputationGrpcAddress,
  synthesisGrpcAddress,
} from '@allora/service-kit/addresses';
import { commonConfig, grpcPort, httpPort } from '@allora/service-kit/common-config';
import type { ConfigRule } from '@allora/service-kit/config';
import { z } from 'zod';

const uallo = z.string().regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo');
const whole = (min: number, max: number) => z.number().int().min(min).max(max);

export const rewardsConfig = commonConfig.extend({
  httpPort: httpPort(8086),
  grpcPort: grpcPort(9086),
  coordinatorGrpcAddress,
  synthesisGrpcAddress,
  reputationGrpcAddress,
  genesisFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "JSON file with the supply at the first start; without it FAUCET=open starts a test network whose participants' share " +
        "is the faucet's",
    ),
  faucet: z
    .enum(['open', 'closed'])
    .default('closed')
    .describe('open: anybody is given ALLO; test networks only'),
  faucetMaxUallo: uallo
    .default('1000000000000000000000000')
    .describe('Most uallo that the faucet gives in one request'),
  removalDelayBlocks: whole(1, 1_000_000_000)
    .default(604_800)
    .describe('Blocks between the request to remove stake and its payment'),
  removalsPerBlock: whole(1, 1_000_000)
    .default(100)
    .describe('Most removals paid out for each block; those behind them wait for the next'),
  topicCreationFeeUallo: uallo.default('75000').describe('Fee of making a topic, in uallo'),
  registrationFeeUallo: uallo.default('200').describe('Fee of a registration in a topic and role, in uallo'),
  dataFeeUallo: uallo.default('10').describe('Fee of a submission in a sealed set, in uallo'),
  minTopicWeight: z
    .number()
    .min(0)
    .max(1e30)
    .default(100)
    .describe('Weight below which a topic opens no further epoch'),
  paidTopicsPerBlock: whole(1, 1_000_000)
    .default(100)
    .describe('Heaviest topics paid of those whose epochs end in one block'),
  maxInflightCommands: whole(1, 1_000_000)
    .default(20_000)
    .describe('Commands on their way to the ledger at once; further ones are refused with UNAVAILABLE'),
  commandTimeoutMs: whole(10, 600_000)
    .default(10_000)
    .describe(
      'Longest wait of a command for its answer, in ms; then UNAVAILABLE, and a repeat of the same bytes is safe',
    ),
  blockPatienceMs: whole(1_000, 86_400_000)
    .default(5_000)
    .describe(
      'Longest wait of told blocks for the payments and sets that come before them, in ms; then they go on without',
    ),
  verifyThreads: whole(0, 64)
    .optional()
    .describe(
      'Threads that check signatures. Unless set: with Kafka one less than the cores, at most 4; without it none',
    ),
});

export type RewardsConfig = z.output<typeof rewardsConfig>;

export const REWARDS_CONFIG = Symbol('REWARDS_CONFIG');

export const NO_GENESIS =
  'GENESIS_FILE: is required unless FAUCET=open, which starts a test network with a genesis of its own';

export const rewardsRules: readonly ConfigRule<RewardsConfig>[] = [
  ({ genesisFile, faucet }) => (genesisFile === undefined && faucet !== 'open' ? NO_GENESIS : undefined),
];
