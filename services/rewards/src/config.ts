import { coordinatorGrpcAddress } from '@allora/service-kit/addresses';
import { commonConfig } from '@allora/service-kit/common-config';
import { z } from 'zod';

const uallo = z
  .string()
  .regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo')
  .transform(BigInt);

export const rewardsConfig = commonConfig.extend({
  httpPort: z.coerce.number().int().min(0).max(65535).default(8086).describe('TCP port of HTTP; 0 takes a free one'),
  grpcPort: z.coerce.number().int().min(0).max(65535).default(9086).describe('TCP port of gRPC; 0 takes a free one'),
  coordinatorGrpcAddress,
  emissionUalloPerBlock: uallo
    .prefault('1000000000000000000')
    .describe("uallo each topic's epoch issues per block of its length (10^18 uallo = 1 ALLO)"),
  faucet: z.enum(['open', 'closed']).default('closed').describe('open: anybody may be given ALLO; test networks only'),
  faucetMaxUallo: uallo
    .prefault('1000000000000000000000000')
    .describe('most uallo the faucet gives in one request'),
});

export type RewardsConfig = z.output<typeof rewardsConfig>;

export const REWARDS_CONFIG = Symbol('REWARDS_CONFIG');
