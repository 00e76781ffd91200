import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import * as decode from './decode';
import { serviceUrls, type ServiceUrls } from './endpoints';
import { waitForEpoch } from './epoch-wait';
import { requestJson, type HttpOptions } from './http';
import { prove, type PayloadBody } from './signing';
import type * as t from './types';

export type ClientOptions = ({ readonly baseUrl: string } | { readonly urls: ServiceUrls }) & {
  /** Part of every signature; a signature for one chain means nothing on another. */
  readonly chainId: string;
  readonly fetch?: typeof fetch;
  /** Limit of one attempt; 10 s by default. */
  readonly timeoutMs?: number;
  /** Attempts after the first; 5 by default. */
  readonly maxRetries?: number;
  /** Bearer of `advanceClock`, where the network has one. */
  readonly adminToken?: string | undefined;
  /** 0 <= x < 1: the jitter between retries. */
  readonly random?: () => number;
};

export interface AlloraClient {
  topics(): Promise<t.Topic[]>;
  topic(topicId: number): Promise<t.Topic>;
  /** The latest network inference. */
  inference(topicId: number): Promise<t.LatestInference>;
  /** With `waitFor`, holds on until that part is there, or throws TIMED_OUT (60 s by default). */
  epoch(
    topicId: number,
    nonce: number,
    options?: { readonly waitFor?: t.EpochPart; readonly timeoutMs?: number },
  ): Promise<t.Epoch>;
  participants(address: string): Promise<Record<string, unknown>>;
  windows(topicId: number): Promise<t.Windows>;
  account(address: string): Promise<Record<string, unknown>>;
  supply(): Promise<Record<string, unknown>>;

  createTopic(creator: Account, request: t.TopicRequest): Promise<t.Topic>;
  register(account: Account, topicId: number, role: t.RoleName): Promise<t.Registered>;
  submitInference(inferer: Account, request: t.InferenceRequest): Promise<t.Receipt>;
  submitForecast(forecaster: Account, request: t.ForecastRequest): Promise<t.Receipt>;
  submitLosses(reputer: Account, request: t.LossesRequest): Promise<t.Receipt>;
  /** Returns the reputer's stake in the topic. */
  depositStake(reputer: Account, request: t.StakeRequest): Promise<bigint>;

  /** Test networks only. */
  faucet(request: t.FaucetRequest): Promise<Record<string, unknown>>;
  /** With a manual clock only; returns the height reached. */
  advanceClock(height: number): Promise<number>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRIES = 5;
const DEFAULT_WAIT_MS = 60_000;

interface Link {
  readonly urls: ServiceUrls;
  readonly chainId: string;
  readonly http: HttpOptions;
  readonly adminToken: string | undefined;
  get(url: string, timeoutMs?: number): Promise<unknown>;
  post(url: string, body: unknown, bearer?: string): Promise<unknown>;
  /** Signs the body and sends its REST fields with the proof. */
  command(account: Account, url: string, body: PayloadBody, fields: object): Promise<unknown>;
}

function openLink(options: ClientOptions): Link {
  const http: HttpOptions = {
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxRetries: options.maxRetries ?? DEFAULT_RETRIES,
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
    command: (account, url, body, fields) =>
      post(url, { ...fields, ...prove(account, options.chainId, body) }),
  };
}

type Reads = Pick<
  AlloraClient,
  'topics' | 'topic' | 'inference' | 'epoch' | 'participants' | 'windows' | 'account' | 'supply'
>;

function reads({ urls, http, get }: Link): Reads {
  const epochUrl = (topicId: number, nonce: number): string =>
    `${urls.gateway}/v1/topics/${topicId}/epochs/${nonce}`;
  return {
    topics: async () => decode.toTopics(await get(`${urls.gateway}/v1/topics`)),
    topic: async (topicId) => decode.toTopic(await get(`${urls.gateway}/v1/topics/${topicId}`)),
    inference: async (topicId) =>
      decode.toInference(await get(`${urls.gateway}/v1/topics/${topicId}/inference`)),
    epoch: async (topicId, nonce, options = {}) => {
      const url = epochUrl(topicId, nonce);
      const { waitFor, timeoutMs = DEFAULT_WAIT_MS } = options;
      if (waitFor === undefined) return decode.toEpoch(await get(url));
      const poll = async (holdMs: number): Promise<t.Epoch> => {
        const held = `${url}?waitFor=${waitFor}&timeoutMs=${Math.ceil(holdMs)}`;
        return decode.toEpoch(await get(held, holdMs + http.timeoutMs));
      };
      return waitForEpoch(poll, waitFor, timeoutMs);
    },
    participants: async (address) => decode.toFacts(await get(`${urls.gateway}/v1/participants/${address}`)),
    windows: async (topicId) =>
      decode.toWindows(await get(`${urls.topicCoordinator}/v1/topics/${topicId}/windows`)),
    account: async (address) => decode.toFacts(await get(`${urls.rewards}/v1/accounts/${address}`)),
    supply: async () => decode.toFacts(await get(`${urls.rewards}/v1/supply`)),
  };
}

type Submissions = Pick<AlloraClient, 'submitInference' | 'submitForecast' | 'submitLosses'>;

function submissions({ urls, command }: Link): Submissions {
  return {
    submitInference: async (account, { topicId, nonce, value }) => {
      const fields = { nonce, inferer: account.address, value };
      const body = { $case: 'inference', value: { topicId, ...fields } } as const;
      const url = `${urls.inferenceIngest}/v1/topics/${topicId}/inferences`;
      return decode.toReceipt(await command(account, url, body, fields));
    },
    submitForecast: async (account, { topicId, nonce, elements }) => {
      const fields = { nonce, forecaster: account.address, elements: [...elements] };
      const body = { $case: 'forecast', value: { topicId, ...fields } } as const;
      const url = `${urls.forecastIngest}/v1/topics/${topicId}/forecasts`;
      return decode.toReceipt(await command(account, url, body, fields));
    },
    submitLosses: async (account, { topicId, ...losses }) => {
      const fields = { ...losses, reputer: account.address };
      const body = { $case: 'loss', value: { topicId, ...fields } } as const;
      const url = `${urls.reputation}/v1/topics/${topicId}/losses`;
      return decode.toReceipt(await command(account, url, body, fields));
    },
  };
}

type Commands = Pick<AlloraClient, 'createTopic' | 'register' | 'depositStake' | 'faucet' | 'advanceClock'>;

function commands({ urls, adminToken, post, command }: Link): Commands {
  return {
    createTopic: async (account, request) => {
      const fields = { creator: account.address, ...request };
      const body = { $case: 'topicCreation', value: fields } as const;
      return decode.toTopic(await command(account, `${urls.topicCoordinator}/v1/topics`, body, fields));
    },
    register: async (account, topicId, role) => {
      const fields = { address: account.address, role };
      const roleValue = role === 'worker' ? Role.WORKER : Role.REPUTER;
      const body = {
        $case: 'registration',
        value: { topicId, address: account.address, role: roleValue },
      } as const;
      const url = `${urls.topicCoordinator}/v1/topics/${topicId}/registrations`;
      return decode.toRegistered(await command(account, url, body, fields));
    },
    depositStake: async (account, { topicId, amountUallo, requestId }) => {
      const fields = { reputer: account.address, amountUallo: String(amountUallo), requestId };
      const body = { $case: 'stakeDeposit', value: { topicId, ...fields } } as const;
      const url = `${urls.rewards}/v1/topics/${topicId}/stakes`;
      return decode.toStakeUallo(await command(account, url, body, fields));
    },
    faucet: async ({ address, amountUallo, requestId }) => {
      const fields = { address, amountUallo: String(amountUallo), requestId };
      return decode.toFacts(await post(`${urls.rewards}/v1/faucet`, fields));
    },
    advanceClock: async (height) =>
      decode.toHeight(await post(`${urls.topicCoordinator}/v1/clock/advance`, { height }, adminToken)),
  };
}

/** A client of the network's public HTTP endpoints, for consumers, workers and reputers. */
export function createClient(options: ClientOptions): AlloraClient {
  const link = openLink(options);
  return { ...reads(link), ...submissions(link), ...commands(link) };
}
