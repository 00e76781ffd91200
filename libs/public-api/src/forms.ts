import { addressText, hashText, topicIdText } from '@allora/service-kit/form';
import { z } from 'zod';
import type { ZodOpenApiOverrideContext } from 'zod-openapi';

/** Numbers in paths and queries are text on the wire; the document says what the text holds. */
const asInteger =
  (minimum: number, maximum: number) =>
  ({ jsonSchema }: ZodOpenApiOverrideContext): void => {
    delete jsonSchema.pattern;
    Object.assign(jsonSchema, { type: 'integer', minimum, maximum });
  };

interface NumberForm {
  /** Such as "a nonce". */
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly description: string;
  readonly example?: number;
}

/** A whole number in a path or query. */
export const wholeNumber = ({ what, min, max, description, example }: NumberForm) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,15})$/, `expected ${what}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected ${what}, from ${min} to ${max}`)
    .meta({
      description,
      ...(example === undefined ? {} : { example }),
      override: asInteger(min, max),
    });

export const nonceText = wholeNumber({
  what: 'a nonce',
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  description: 'The block height at which the epoch began, which names it.',
  example: 1200,
});

export const timeText = (description: string) =>
  wholeNumber({
    what: 'a time in milliseconds since 1970',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description,
    example: 1_760_000_000_000,
  });

/** What stands where nothing is sent, in the document too: schemas that transform do not tell it by themselves. */
export const orElse = (schema: z.ZodType<number, string>, fallback: number) =>
  schema.default(fallback).meta({ override: { default: fallback } });

export const limitText = (max: number, fallback: number) =>
  orElse(
    wholeNumber({ what: 'a number of entries', min: 1, max, description: 'Most entries of the answer.' }),
    fallback,
  );

const topicIdInPath = topicIdText.meta({
  description: 'A topic.',
  example: 1,
  override: asInteger(1, 999_999_999_999_999),
});

const addressPattern = '^allo1[02-9ac-hj-np-z]{38}$';
export const addressForm = addressText.meta({
  description: "A participant's or account's address.",
  example: 'allo10xcqpzrky6eff2g52qdye53xkk9jxkvr0nqlh6',
  override: { pattern: addressPattern },
});

export const topicPath = z.strictObject({ id: topicIdInPath });
export const topicNoncePath = z.strictObject({ id: topicIdInPath, nonce: nonceText });
export const addressPath = z.strictObject({ address: addressForm });
export const hashPath = z.strictObject({
  hash: hashText.meta({
    description: "The submission's hash, from its receipt.",
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  }),
});

/** Becomes part of a ledger key. */
export const requestIdText = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, dots, dashes or underscores')
  .meta({ description: 'Idempotency key, chosen by the account.', example: 'order-2026-11-24-0001' });

export const amountText = z
  .string()
  .regex(/^[1-9]\d{0,37}$/, 'expected a whole number of uallo above zero')
  .meta({ description: 'Whole uallo above zero.', example: '1000000000000000000' });

interface ListForm {
  readonly most: number;
  /** Of the whole text. */
  readonly pattern: string;
  readonly description: string;
  readonly example: string;
}

/** A list in one query parameter, separated by commas. */
export const commaList = <T extends z.ZodType<unknown, string>>(entry: T, form: ListForm) => {
  const { most, pattern, description, example } = form;
  return z
    .string()
    .min(1)
    .max(2_000)
    .transform((text) => text.split(','))
    .pipe(z.array(entry).min(1).max(most))
    .meta({ description, example, override: { pattern } });
};

/** Names of an answer's fields, so that it holds only those. */
export const fieldList = <const F extends readonly [string, ...string[]]>(fields: F) =>
  commaList(z.enum(fields), {
    most: fields.length,
    pattern: `^(${fields.join('|')})(,(${fields.join('|')})){0,${fields.length - 1}}$`,
    description: 'Only these fields, separated by commas.',
    example: fields.slice(0, 2).join(','),
  });
