import { z } from 'zod';

/** Amounts are whole uallo in decimal text: they leave the range in which doubles are exact. */
export const uallo = z
  .string()
  .regex(/^-?\d+$/)
  .meta({ description: 'Whole uallo (10^-18 ALLO) in decimal text.', example: '5999999999999999993' });

export const address = z
  .string()
  .meta({ description: 'A bech32 address.', example: 'allo10xcqpzrky6eff2g52qdye53xkk9jxkvr0nqlh6' });
export const topicId = z.int().min(0).meta({ description: 'The topic.', example: 1 });
export const nonce = z
  .int()
  .min(0)
  .meta({ description: 'Block height at which the epoch began, which names it.', example: 1200 });
export const height = z.int().meta({ description: 'Block height.', example: 1205 });
export const atMs = z
  .int()
  .meta({ description: 'Milliseconds since 1970-01-01 UTC.', example: 1_760_000_000_000 });
export const double = z.number().meta({ description: 'A double.' });
export const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();

/** A refusal, as RFC 9457 has it. */
export const problem = z
  .looseObject({
    type: z.string().meta({ example: 'urn:allora:problem:UNKNOWN_TOPIC' }),
    title: z.string(),
    status: z.int().meta({ example: 404 }),
    code: z.string().meta({ description: 'Stable: clients match on it.', example: 'UNKNOWN_TOPIC' }),
    detail: z.string().meta({ description: 'What exactly is wrong.', example: 'topic 7 does not exist' }),
    instance: z.string().meta({ description: 'Id of the request, also in x-request-id.' }),
    remedy: z.string().meta({ description: 'What to do about it.' }),
  })
  .meta({
    id: 'Problem',
    description: 'Why the request was refused; facts of the refusal stand beside these members.',
  });

/** A refusal as the existing client libraries read it. */
export const refusalEnvelope = z
  .object({
    request_id: z.string(),
    status: z.literal(false),
    apiResponseMessage: z.string().meta({ description: 'What exactly is wrong.' }),
    code: z.string().meta({ example: 'UNKNOWN_TOPIC' }),
    data: z.null(),
  })
  .meta({ id: 'CompatRefusal' });

/** Entries of lists that keep only the asked fields. */
export const compact = <T extends z.ZodObject>(schema: T) => schema.partial();
