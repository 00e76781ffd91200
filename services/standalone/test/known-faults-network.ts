import 'reflect-metadata';
import {
  type DeepPartial,
  SignedPayload,
  type SignedMessage,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, createAccount } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { Client, credentials, status } from '@grpc/grpc-js';
import { expect } from 'vitest';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

export const chainId = 'allora-test-1';

/** At `firstNonce + 11` the reputers of the first epoch and the workers of the second may speak. */
export const topicParams = {
  ...{ epochLengthBlocks: 10, workerWindowBlocks: 4, groundTruthLagBlocks: 10, reputerWindowBlocks: 4 },
  ...{ pNorm: 3, alphaRegret: 0.1, epsilon: 0.01, meritSortitionAlpha: 0.1 },
  ...{ activeInfererQuantile: 0.2, activeForecasterQuantile: 0.2, activeReputerQuantile: 0.2 },
  ...{ maxActiveInferers: 32, maxActiveForecasters: 6, maxActiveReputers: 6, allowNegative: false },
};

/** What a client of any language may leave out stands at its default. */
type Draft = DeepPartial<SignedPayload>['body'];

export function payloadOf(body: Draft, chain = chainId): Uint8Array {
  return SignedPayload.encode(SignedPayload.fromPartial({ chainId: chain, body })).finish();
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export function proofOf(author: Account, payload: Uint8Array) {
  return { publicKey: hex(author.publicKey), signature: hex(author.sign(payload)) };
}

/** The JSON of a command: its fields but for the topic id, which is in the path, and the proof. */
export function jsonOf(author: Account, body: NonNullable<Draft>, chain = chainId): Record<string, unknown> {
  const fields = Object.entries({ ...body.value }).filter(([name]) => name !== 'topicId');
  return { ...Object.fromEntries(fields), ...proofOf(author, payloadOf(body, chain)) };
}

export function signedOf(author: Account, body: Draft, chain = chainId): SignedMessage {
  const payload = payloadOf(body, chain);
  return { payload, publicKey: author.publicKey, signature: author.sign(payload) };
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

export interface FaultNetwork {
  readonly app: RunningApp;
  send(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
  createTopic(change?: Partial<typeof topicParams>): Promise<{ topicId: number; firstNonce: number }>;
  /** Gives each of them more than all its fees will take. */
  fund(accounts: readonly Account[]): Promise<void>;
  register(account: Account, topicId: number, role: 'worker' | 'reputer'): Promise<Answer>;
  /** New accounts, registered in the topics. */
  members(role: 'worker' | 'reputer', topicIds: readonly number[], count: number): Promise<Account[]>;
  advance(height: number): Promise<void>;
  close(): Promise<void>;
}

export async function startNetwork(settings: Record<string, unknown> = {}): Promise<FaultNetwork> {
  const database = await createTestDatabase();
  const config = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', faucet: 'open' },
    ...{ httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1' },
    ...{ logLevel: 'fatal', logFormat: 'json', networkKey: '2a'.repeat(32) },
    ...settings,
  });
  const modules = allModules({ ...config, databaseUrl: database.url });
  const app = await startApp({
    name: 'standalone',
    config: { ...config, databaseUrl: database.url },
    modules,
  });
  const send: FaultNetwork['send'] = async (path, body, headers = {}) => {
    const asked = fetch(app.httpUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const answer = await answerOf(asked);
    if (answer.status < 300) stirred.add(app);
    return answer;
  };
  const post: FaultNetwork['post'] = (path, body) => send(path, JSON.stringify(body));
  const register: FaultNetwork['register'] = (account, topicId, role) =>
    post(`/v1/topics/${topicId}/registrations`, registrationOf(account, topicId, role));
  const fund: FaultNetwork['fund'] = async (accounts) => {
    const given = accounts.map(({ address }) =>
      post('/v1/faucet', { address, amountUallo: '1000000000', requestId: 'fees' }),
    );
    for (const answer of await Promise.all(given)) expect(answer).toMatchObject({ status: 201 });
  };
  let topics = 0;
  return {
    ...{ app, send, post, fund, register },
    get: (path) => answerOf(fetch(app.httpUrl + path)),
    createTopic: async (change = {}) => {
      const creator = createAccount();
      await fund([creator]);
      const params = { ...topicParams, ...change };
      const fields = { creator: creator.address, metadata: '', lossMethod: 'mse', requestId: `t${++topics}` };
      const body = { $case: 'topicCreation', value: { ...fields, params } } as const;
      const topic = await post('/v1/topics', jsonOf(creator, body));
      expect(topic).toMatchObject({ status: 201 });
      return { topicId: Number(topic.body['id']), firstNonce: Number(topic.body['createdHeight']) + 1 };
    },
    members: async (role, topicIds, count) => {
      const accounts = Array.from({ length: count }, createAccount);
      await fund(accounts);
      const registrations = accounts.flatMap((account) =>
        topicIds.map((topicId) => register(account, topicId, role)),
      );
      for (const answer of await Promise.all(registrations)) expect(answer).toMatchObject({ status: 201 });
      return accounts;
    },
    advance: async (height) =>
      void expect(await post('/v1/clock/advance', { height })).toMatchObject({ status: 200 }),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

export function registrationOf(account: Account, topicId: number, role: 'worker' | 'reputer') {
  const value = { topicId, address: account.address, role: role === 'worker' ? Role.WORKER : Role.REPUTER };
  const proof = proofOf(account, payloadOf({ $case: 'registration', value }));
  return { address: account.address, role, ...proof };
}

async function answerOf(asked: Promise<Response>): Promise<Answer> {
  const response = await asked;
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: (await response.json()) as Record<string, unknown> };
}

const watchedSchemas = [
  ...['topic_coordinator', 'inference_ingest', 'forecast_ingest', 'reputation', 'synthesis', 'rewards'],
  'gateway',
];

/** Of each network the question for `footprint`: which tables there are takes longer to find out than what is in them. */
const footprintQueries = new WeakMap<RunningApp, string>();

async function footprintQueryOf(app: RunningApp): Promise<string> {
  const known = footprintQueries.get(app);
  if (known) return known;
  const tables = await app.database.prisma.$queryRaw<{ name: string }[]>`
    SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_schema = ANY(${watchedSchemas}) AND table_type = 'BASE TABLE' ORDER BY 1`;
  const parts = tables.map(
    ({ name }) => `SELECT '${name}' AS name, count(*) || ' rows ' ||
      coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS found FROM ${name} t`,
  );
  const logs = `SELECT topic AS name, count(*) || ' records' AS found FROM bus.log_records GROUP BY topic`;
  const query = [...parts, logs].join(' UNION ALL ');
  footprintQueries.set(app, query);
  return query;
}

/** A digest of every table of every service, and how many records are on each log. */
export async function footprint({ app }: FaultNetwork): Promise<Record<string, string>> {
  const query = await footprintQueryOf(app);
  const rows = await app.database.prisma.$queryRawUnsafe<{ name: string; found: string }[]>(query);
  return Object.fromEntries(rows.map(({ name, found }) => [name, found]));
}

/** Those that have taken something since they were last seen at rest. */
const stirred = new Set<RunningApp>();

/** The footprint once everything told has been read by everybody. */
export async function settledFootprint(network: FaultNetwork): Promise<Record<string, string>> {
  let seen = await footprint(network);
  if (!stirred.delete(network.app)) return seen;
  for (let same = 0; same < 2;) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    const now = await footprint(network);
    same = JSON.stringify(now) === JSON.stringify(seen) ? same + 1 : 0;
    seen = now;
  }
  return seen;
}

/** What a client meets on the wire when it sends any bytes at all to a gRPC method. */
export function callRaw({ app }: FaultNetwork, method: string, request: Uint8Array): Promise<RawAnswer> {
  const client = new Client(app.grpcAddress, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  });
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise<RawAnswer>((resolve) => {
    client.makeUnaryRequest(method, same, same, Buffer.from(request), (error, response) =>
      resolve({
        status: error ? status[error.code] : 'OK',
        code: error?.metadata?.get('code')[0]?.toString(),
        response,
      }),
    );
  }).finally(() => client.close());
}

export interface RawAnswer {
  readonly status: string | undefined;
  readonly code: string | undefined;
  readonly response: Buffer | undefined;
}

/** A problem document of this code and status, and not one row or record of anything. */
export async function expectRefused(
  network: FaultNetwork,
  request: () => Promise<Answer>,
  wanted: { readonly status: number; readonly code: string },
): Promise<Answer> {
  const before = await settledFootprint(network);
  const answer = await request();
  expect(answer).toMatchObject({ status: wanted.status, body: wanted });
  expect(answer.type).toContain('application/problem+json');
  expect(await footprint(network)).toEqual(before);
  return answer;
}
