import { coordinatorGrpcAddress } from '@allora/service-kit/addresses';
import { commonConfig, grpcPort, httpPort } from '@allora/service-kit/common-config';
import { z } from 'zod';

const uallo = z.string().regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo');

export const rewardsConfig = commonConfig.extend({
  httpPort: httpPort(8086),
  grpcPort: grpcPort(9086),
  coordinatorGrpcAddress,
  emissionUalloPerBlock: uallo
    .default('1000000000000000000')
    .describe('uallo that an epoch issues for each block of its length; 10^18 uallo are 1 ALLO'),
  faucet: z
    .enum(['open', 'closed'])
    .default('closed')
    .describe('open: anybody is given ALLO; test networks only'),
  faucetMaxUallo: uallo
    .default('1000000000000000000000000')
    .describe('Most uallo that the faucet gives in one request'),
});

export type RewardsConfig = z.output<typeof rewardsConfig>;

export const REWARDS_CONFIG = Symbol('REWARDS_CONFIG');
