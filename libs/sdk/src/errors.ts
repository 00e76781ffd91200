import type { ErrorCode } from '@allora/contracts/errors';

/** Codes that the client itself gives; all others are the network's (libs/contracts/src/errors.ts). */
export type ClientErrorCode = 'UNREACHABLE' | 'TIMED_OUT' | 'UNREADABLE_ANSWER';

/** Codes of this version; a newer network may know more. */
export type KnownCode = ErrorCode | ClientErrorCode | `HTTP_${number}`;
export type AlloraErrorCode = KnownCode | (string & Record<never, never>);

interface AlloraErrorFields {
  readonly code: AlloraErrorCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Machine-readable members of the answer beside the ones named here. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error of the client: a refusal of the network, or its absence. Match on `code`. */
export class AlloraError extends Error {
  readonly code: AlloraErrorCode;
  readonly status: number;
  readonly detail: string;
  readonly remedy: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(fields: AlloraErrorFields) {
    super(`${fields.code}: ${fields.detail}`, { cause: fields.cause });
    this.name = 'AlloraError';
    this.code = fields.code;
    this.status = fields.status;
    this.detail = fields.detail;
    this.remedy = fields.remedy;
    this.facts = fields.facts ?? {};
  }
}

export const unreachable = (url: string, cause: unknown): AlloraError =>
  new AlloraError({
    code: 'UNREACHABLE' satisfies ClientErrorCode,
    status: 0,
    detail: `no answer from ${url}`,
    remedy: 'Check the address and that the network runs; a repeat of the same command is safe.',
    cause,
  });

export const timedOut = (what: string, timeoutMs: number, cause?: unknown): AlloraError =>
  new AlloraError({
    code: 'TIMED_OUT' satisfies ClientErrorCode,
    status: 0,
    detail: `${what} took more than ${timeoutMs} ms`,
    remedy: 'Try again, or allow more time; a repeat of the same command is safe.',
    cause,
  });

export const unreadable = (url: string, problem: string): AlloraError =>
  new AlloraError({
    code: 'UNREADABLE_ANSWER' satisfies ClientErrorCode,
    status: 200,
    detail: `the answer of ${url} cannot be read: ${problem}`,
    remedy: 'Check that the address is that of an Allora service, of the version of this client.',
  });

const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;

/** Members of a problem document that are fields of the error, or say nothing more. */
const PROBLEM_FIELDS: ReadonlySet<string> = new Set(['code', 'detail', 'remedy', 'title', 'status', 'type']);

/** A refusal out of an answer's status and body (problem+json, or anything a proxy may say). */
export function refusalOf(status: number, body: unknown): AlloraError {
  const problem: Record<string, unknown> =
    typeof body === 'object' && body !== null ? { ...body } : { detail: body };
  return new AlloraError({
    code: text(problem['code'], `HTTP_${status}`),
    status,
    detail: text(problem['detail'], text(problem['title'], `the answer was HTTP ${status}`)),
    remedy: text(problem['remedy'], 'See the status and the facts.'),
    facts: Object.fromEntries(Object.entries(problem).filter(([name]) => !PROBLEM_FIELDS.has(name))),
  });
}
