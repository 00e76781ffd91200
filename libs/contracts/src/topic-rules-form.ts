import type { TopicRules } from '@allora/protocol/epoch/topic-params';
import { z } from 'zod';

/** A topic's rules in JSON, where they are asked for and where they are kept. Which numbers are allowed is for the protocol to judge. */
export const topicRulesShape = {
  epochLengthBlocks: z.number(),
  workerWindowBlocks: z.number(),
  groundTruthLagBlocks: z.number(),
  reputerWindowBlocks: z.number(),
  pNorm: z.number(),
  alphaRegret: z.number(),
  epsilon: z.number(),
  meritSortitionAlpha: z.number(),
  activeInfererQuantile: z.number(),
  activeForecasterQuantile: z.number(),
  activeReputerQuantile: z.number(),
  maxActiveInferers: z.number(),
  maxActiveForecasters: z.number(),
  maxActiveReputers: z.number(),
  allowNegative: z.boolean(),
  revealWindowBlocks: z.number(),
} satisfies { readonly [F in keyof TopicRules]: z.ZodType<TopicRules[F]> };
