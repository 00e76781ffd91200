import type { ErrorCode } from '@allora/contracts/errors';
import type { Operator } from './operators';
import type { RateLimit, Standing } from './rate-limit';
import type { RequestSpan } from './tracing/request-span';

/** What a key may be used for. */
export const keyScopes = ['read', 'stream', 'purchase'] as const;
export type KeyScope = (typeof keyScopes)[number];

/** A key that a caller has shown and that stands. */
export interface ApiKey {
  readonly id: string;
  readonly owner: string;
  /** The first of the keys that replaced one another: all of them draw on one limit and quota. */
  readonly lineage: string;
  readonly scopes: ReadonlySet<KeyScope>;
  /** Counted for the lineage, in place of the address's limit. */
  readonly limits: readonly RateLimit[];
}

/** Who knows the keys of the network. It answers from memory: every request asks. */
export interface KeyDirectory {
  /** `public`: a key that everyone has, so that it says no more than none. Nothing for one that does not stand. */
  find(token: string): ApiKey | 'public' | undefined;
}

interface KeyRule {
  /** What a key must be made for; any key will do where nothing is said. */
  readonly scope?: KeyScope;
  /** Whether nobody gets in without a key. */
  readonly required: boolean;
}

export interface KeyRuleConfig {
  readonly keyRule?: KeyRule;
}

/** For Nest's `@RouteConfig`. A route without a rule is for everyone, and reads ask of a key that it may read. */
export const keyScope = (scope: KeyScope, { required = false } = {}): KeyRuleConfig => ({
  keyRule: { scope, required },
});

/** The same, of a key for whatever it was made. */
export const anyKey = ({ required = false } = {}): KeyRuleConfig => ({ keyRule: { required } });

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that came with the request; nothing of an anonymous caller. */
    apiKey: ApiKey | undefined;
    /** Who asks below `/operations`. */
    operator: Operator | undefined;
    /** How the caller's limits stood when the request was admitted. */
    standings: readonly Standing[] | undefined;
    /** What the request was refused with. */
    refusedWith: ErrorCode | undefined;
    /** Where requests are traced. */
    span: RequestSpan | undefined;
  }
}
