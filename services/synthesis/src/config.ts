import { commonConfig } from '@allora/service-kit/common-config';
import type { z } from 'zod';

/** Synthesis has no settings of its own but its ports: what an epoch is computed by comes with its sets. */
export const synthesisConfig = commonConfig.extend({
  httpPort: commonConfig.shape.httpPort.default(8084),
  grpcPort: commonConfig.shape.grpcPort.default(9084),
});

export type SynthesisConfig = z.output<typeof synthesisConfig>;
export const SYNTHESIS_CONFIG = Symbol('SYNTHESIS_CONFIG');
