import type { Account } from '@allora/identity/account';
import { serviceUrls, type ServiceUrls } from './endpoints';
import { type HttpOptions, requestJson } from './http';
import { type PayloadBody, prove } from './signing';

export type ClientOptions = ({ readonly baseUrl: string } | { readonly urls: ServiceUrls }) & {
  /** Part of every signature; a signature for one chain means nothing on another. */
  readonly chainId: string;
  readonly fetch?: typeof fetch;
  /** Limit of one attempt; 10 s by default. */
  readonly timeoutMs?: number;
  /** No attempt starts later than this after the first; 60 s by default, none when `maxRetries` is given alone. */
  readonly deadlineMs?: number;
  /** Attempts after the first; by default as many as the deadline allows. */
  readonly maxRetries?: number;
  /** Bearer of `advanceClock`, where the network has one. */
  readonly adminToken?: string | undefined;
  /** 0 <= x < 1: the jitter between retries. */
  readonly random?: () => number;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_DEADLINE_MS = 60_000;

/** What every call of the client stands on. */
export interface Link {
  readonly urls: ServiceUrls;
  readonly chainId: string;
  readonly http: HttpOptions;
  readonly adminToken: string | undefined;
  get(url: string, timeoutMs?: number): Promise<unknown>;
  post(url: string, body: unknown, bearer?: string): Promise<unknown>;
  /** Sends JSON that is written already. */
  postText(url: string, text: string): Promise<unknown>;
  /** Signs the body and sends its REST fields with the proof; PATCH for what changes something that is there. */
  command(
    account: Account,
    url: string,
    body: PayloadBody,
    fields: object,
    method?: 'POST' | 'PATCH',
  ): Promise<unknown>;
}

export function openLink(options: ClientOptions): Link {
  const { maxRetries = Infinity } = options;
  const http: HttpOptions = {
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    deadlineMs: options.deadlineMs ?? (maxRetries === Infinity ? DEFAULT_DEADLINE_MS : Infinity),
    maxRetries,
    random: options.random ?? Math.random,
  };
  const post = (url: string, body: unknown, bearer?: string): Promise<unknown> =>
    requestJson(http, { method: 'POST', url, body, bearer });
  return {
    urls: serviceUrls(options),
    chainId: options.chainId,
    http,
    adminToken: options.adminToken,
    get: (url, timeoutMs) =>
      requestJson(http, { method: 'GET', url, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
    post,
    postText: (url, text) => requestJson(http, { method: 'POST', url, text }),
    command: (account, url, body, fields, method = 'POST') =>
      requestJson(http, { method, url, body: { ...fields, ...prove(account, options.chainId, body) } }),
  };
}
