import type { ServiceName } from '@allora/contracts/catalog';
import type { ErrorCode } from '@allora/contracts/errors';
import type { z } from 'zod';

export const TAGS = {
  topics: 'What the network infers, and by which rules.',
  inferences: 'The answers: the latest, one, the history, bars, and who made them.',
  epochs: 'Everything told of an epoch, for those who check it.',
  participants: 'Workers and reputers, and where they stand.',
  submissions: 'What workers and reputers send, and what became of it.',
  network: 'What a client needs to know of the network itself.',
  economy: 'Accounts, supply, emission, stakes and payments, and the commands that move money.',
  purchases: 'Paid inferences.',
  streams: 'Inferences, windows and epochs as they are told.',
  keys: 'API keys, their scopes and quotas.',
  compat: 'The paths of the existing client libraries.',
} as const;
export type Tag = keyof typeof TAGS;

/** An answer that is not JSON. `schema` describes its text. */
export interface OtherAnswer {
  readonly contentType: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

/**
 * One operation of the public API: what is validated, what is answered, and why it may be refused. Services validate with `params`,
 * `query` and `body` of this very object; the OpenAPI document is made of it; contract tests hold answers against `answers`.
 */
export interface RouteShape {
  /** The operation's name in generated clients: lower camel case, unique. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In the form of OpenAPI: `/v1/topics/{id}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, z.ZodType | OtherAnswer>>;
  /** Beside those of every route: MALFORMED where there is anything to get wrong, RATE_LIMITED, UNAVAILABLE, INTERNAL. */
  readonly refusals: readonly ErrorCode[];
  /** What an API key must be allowed to do, should one be sent. */
  readonly scope?: string;
  /** Nobody gets in without a key. */
  readonly keyNeeded?: boolean;
  /** How refusals are told; as problems unless told. */
  readonly refusalForm?: 'problem' | 'envelope';
  /** Answers carry ETag and Cache-Control, and If-None-Match is heeded. */
  readonly conditional?: boolean;
  /** The gateway unless told. */
  readonly servedBy?: ServiceName;
}

/** Declares an operation; the schemas keep their types, so that `z.output<typeof getTopic.params>` is what a handler gets. */
export const route = <const R extends RouteShape>(shape: R): R => shape;

export const isOtherAnswer = (answer: z.ZodType | OtherAnswer): answer is OtherAnswer =>
  'contentType' in answer;

/** The same path as web frameworks write it: `/v1/topics/:id`. */
export const frameworkPath = ({ path }: Pick<RouteShape, 'path'>): string =>
  path.replaceAll(/\{(\w+)\}/g, ':$1');
