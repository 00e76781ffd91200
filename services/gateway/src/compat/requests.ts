import { topicIdText } from '@allora/service-kit/form';
import { z } from 'zod';
import { VALUE_TYPES } from './fixed-point';

export const MOST_TOPICS = 1_000;

/** Without either field every topic is answered at once: one of the client libraries never sends a token back. */
export const topicsPageQuery = z.object({
  continuation_token: z.string().min(1).max(200).optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `expected a number from 1 to ${MOST_TOPICS}`)
    .transform(Number)
    .refine((limit) => limit <= MOST_TOPICS, `expected a number from 1 to ${MOST_TOPICS}`)
    .optional(),
});

const valueType = { inference_value_type: z.enum(VALUE_TYPES).default('uint256') };

export const priceQuery = z.object(valueType);
export const inferenceQuery = z.object({ allora_topic_id: topicIdText, ...valueType });
