import { topicRulesShape } from '@allora/contracts/topic-rules-form';
import { proofShape } from '@allora/service-kit/form';
import { z } from 'zod';
import type { ZodOpenApiOverrideContext } from 'zod-openapi';
import { addressForm } from './forms';

/** What cannot be stored as it was signed, or would be signed as other bytes than it shows. */
const soundText = z
  .string()
  .regex(/^[^\0\p{Surrogate}]*$/u, 'expected well-formed text without NUL')
  .meta({ override: withoutPattern });
const requestIdText = soundText
  .min(1)
  .max(128)
  .meta({ description: 'Idempotency key, chosen by the author.', example: 'btc-5m' });

/** Not every reader of the document knows such classes of characters. */
function withoutPattern({ jsonSchema }: ZodOpenApiOverrideContext): void {
  delete jsonSchema.pattern;
}

/** The limits of metadata and loss method are the chain's, in bytes of UTF-8. */
const shortText = (minBytes: number) =>
  soundText
    .refine((text) => Buffer.byteLength(text) >= minBytes, 'must not be empty')
    .refine((text) => Buffer.byteLength(text) <= 255, 'is longer than 255 bytes')
    .meta({ override: { minLength: minBytes, maxLength: 255, pattern: undefined } });

/** Whole uallo; absent is zero, and is signed as absent. */
const feeText = z
  .string()
  .regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo')
  .meta({ description: 'Whole uallo.', example: '0' })
  .optional();

const paramsForm = z.strictObject({
  ...topicRulesShape,
  revealWindowBlocks: topicRulesShape.revealWindowBlocks.default(0),
  minInferenceFeeUallo: feeText,
});

/** All fields but two are asked for: what is signed holds every one of them, and the exceptions only when they are given above zero or at all. */
export const topicForm = z
  .strictObject({
    creator: addressForm,
    metadata: shortText(0),
    lossMethod: shortText(1),
    params: paramsForm,
    requestId: requestIdText,
    ...proofShape,
  })
  .meta({ id: 'TopicBody', description: 'Signed: a SignedPayload of the body topic_creation.' });
export type TopicForm = z.output<typeof topicForm>;

const wholeNumber = z.int().optional();
const smallWholeNumber = z.int().min(0).max(0xffff_ffff).optional();
const number = z.number().optional();

/** What is absent stays as it is. Numbers that the signed message cannot hold are refused here, all others by the rules. */
const paramsChangeForm = z.strictObject({
  epochLengthBlocks: wholeNumber,
  workerWindowBlocks: wholeNumber,
  groundTruthLagBlocks: wholeNumber,
  reputerWindowBlocks: wholeNumber,
  pNorm: number,
  alphaRegret: number,
  epsilon: number,
  meritSortitionAlpha: number,
  activeInfererQuantile: number,
  activeForecasterQuantile: number,
  activeReputerQuantile: number,
  maxActiveInferers: smallWholeNumber,
  maxActiveForecasters: smallWholeNumber,
  maxActiveReputers: smallWholeNumber,
  allowNegative: z.boolean().optional(),
  revealWindowBlocks: wholeNumber,
  minInferenceFeeUallo: feeText,
});

export const topicChangeForm = z
  .strictObject({
    creator: addressForm,
    requestId: requestIdText,
    metadata: shortText(0).optional(),
    lossMethod: shortText(1).optional(),
    params: paramsChangeForm.optional(),
    ...proofShape,
  })
  .meta({
    id: 'TopicChangeBody',
    description: 'Signed: a SignedPayload of the body topic_change. What is absent stays as it is.',
  });
export type TopicChangeForm = z.output<typeof topicChangeForm>;

export const registrationForm = z
  .strictObject({
    address: addressForm,
    role: z.enum(['worker', 'reputer']),
    shadow: z
      .boolean()
      .default(false)
      .meta({ description: 'A worker that is scored, and neither counts nor earns.' }),
    requestId: requestIdText.optional(),
    ...proofShape,
  })
  .refine(({ role, shadow }) => role === 'worker' || !shadow, {
    path: ['shadow'],
    message: 'only workers can be shadows',
  })
  .meta({ id: 'RegistrationBody', description: 'Signed: a SignedPayload of the body registration.' });
export type RegistrationForm = z.output<typeof registrationForm>;
