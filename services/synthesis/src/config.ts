import { commonConfig, grpcPort, httpPort } from '@allora/service-kit/common-config';
import type { z } from 'zod';

/** Synthesis has no settings of its own but its ports: what an epoch is computed by comes with its sets. */
export const synthesisConfig = commonConfig.extend({ httpPort: httpPort(8084), grpcPort: grpcPort(9084) });

export type SynthesisConfig = z.output<typeof synthesisConfig>;
