import { keyScopes } from '@allora/service-kit/caller';
import { z } from 'zod';

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'expected text without control characters');

const quota = (max: number) => z.int().min(1).max(max).nullable().default(null);

export const keyOrder = z.strictObject({
  name: line(100),
  owner: line(200),
  scopes: z
    .array(z.enum(keyScopes))
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'expected each scope once'),
  perWindow: quota(2_000_000_000),
  perDay: quota(1_000_000_000_000),
  perMonth: quota(30_000_000_000_000),
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .nullable()
    .default(null),
});

export const keyPath = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'expected the 16 hex digits behind UP-'),
});

const count = (max: number, fallback: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `expected 1 to ${max}`)
    .transform(Number)
    .refine((value) => value <= max, `expected 1 to ${max}`)
    .default(fallback);

export const keysQuery = z.strictObject({
  owner: line(200).optional(),
  after: keyPath.shape.id.optional(),
  limit: count(1_000, 100),
});

export const revocationBody = z.strictObject({
  lineage: z.boolean().default(false),
});

export const auditQuery = z.strictObject({
  before: z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'expected the id of an entry')
    .transform(Number)
    .optional(),
  limit: count(1_000, 100),
});
