import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { busTopics } from '@allora/contracts/catalog';
import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { RefusalError } from '@allora/contracts/errors';
import { SignedPayload, type TopicChange } from '@allora/contracts/gen/allora/signing/v1/signing';
import {
  type BlocksTold,
  type EpochEvent,
  EpochPhase,
  Role,
  type Topic,
  type TopicParams,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import { provesAuthor } from '@allora/identity/signature';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { Clock } from '@allora/service-kit/clock';
import { SELF } from '@allora/service-kit/addresses';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import type { DynamicModule } from '@nestjs/common';
import { afterEach, beforeEach, vi } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { type TopicCoordinatorConfig, topicCoordinatorConfig } from '../src/config';
import { TopicCoordinatorModule } from '../src/topic-coordinator.module';

export const chainId = 'allora-test-1';

export const topicParams = {
  ...{ epochLengthBlocks: 4, workerWindowBlocks: 2, groundTruthLagBlocks: 5, reputerWindowBlocks: 3 },
  ...{ pNorm: 3, alphaRegret: 0.1, epsilon: 0.01, meritSortitionAlpha: 0.1 },
  ...{ activeInfererQuantile: 0.2, activeForecasterQuantile: 0.2, activeReputerQuantile: 0.2 },
  ...{ maxActiveInferers: 32, maxActiveForecasters: 6, maxActiveReputers: 6, allowNegative: false },
  revealWindowBlocks: 0,
};

/** The ledger as the coordinator meets it: it charges nothing unless the test says so. */
export class Ledger {
  feeUallo = '0';
  /** Thrown in place of an answer. */
  refusal: Error | undefined;
  /** What it was asked to charge for, oldest first. */
  readonly asked: string[] = [];

  /** Epochs that are settled, and whether they paid anybody; none until the test says so. */
  readonly settled = new Map<number, { readonly paid: boolean }>();

  readonly module = neighbour(RewardsService, {
    getEpochPayment: async ({ nonce }) => {
      const epoch = this.settled.get(nonce);
      return { settled: epoch !== undefined, paid: epoch?.paid ?? false };
    },
    chargeFee: async ({ signed }) => {
      const { chainId: chain, body } = SignedPayload.decode(signed!.payload);
      const author = body?.$case === 'registration' ? body.value.address : undefined;
      const creator = body?.$case === 'topicCreation' ? body.value.creator : undefined;
      const proof = { ...signed!, address: author ?? creator ?? '', bytes: signed!.payload };
      if (chain !== chainId || !provesAuthor(proof)) throw new RefusalError('BAD_SIGNATURE', 'not signed');
      this.asked.push(body!.$case);
      if (this.refusal) throw this.refusal;
      return { feeUallo: this.feeUallo };
    },
  });
}

export function startCoordinator(
  databaseUrl: string,
  settings: Partial<TopicCoordinatorConfig> = {},
  clock: Clock = new Clock(),
  ledger = new Ledger(),
  neighbours: readonly DynamicModule[] = [],
): Promise<RunningApp> {
  const config = topicCoordinatorConfig.parse({
    ...{ databaseUrl, chainId, clock: 'manual', logLevel: 'fatal', logFormat: 'json' },
    ...{ rewardsGrpcAddress: SELF, httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1' },
    ...settings,
  });
  const modules = [TopicCoordinatorModule.register(config), ledger.module, ...neighbours];
  return startApp({ name: 'topic-coordinator', config, modules, clock });
}

type StartOptions = Parameters<typeof startCoordinator> extends [string, ...infer R] ? R : never;

export interface CoordinatorStage {
  readonly start: (...options: StartOptions) => Promise<RunningApp>;
  /** Closed after the test in hand, the latest first; a test takes out what it closes itself. */
  readonly open: { close(): unknown }[];
}

/** Within a `describe`: each test has a database of its own, and what it started on it is closed. */
export function openCoordinatorStage(): CoordinatorStage {
  let database: TestDatabase;
  const open: { close(): unknown }[] = [];
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const each of open.splice(0).toReversed()) await each.close();
    await database.drop();
  });
  const start = async (...options: StartOptions): Promise<RunningApp> => {
    const app = await startCoordinator(database.url, ...options);
    open.push(app);
    return app;
  };
  return { start, open };
}

/** What the coordinator tells, as another service hears it. */
export async function listen(app: RunningApp) {
  const heard = {
    topics: [] as Topic[],
    registrations: [] as string[],
    epochs: [] as EpochEvent[],
    blocks: [] as BlocksTold[],
  };
  const gateway = app.peer('gateway');
  gateway.on(busTopics.topics, async (topic) => void heard.topics.push(topic));
  gateway.on(busTopics.registrations, async ({ topicId, address, role }) => {
    heard.registrations.push(`${topicId} ${address} ${Role[role]}`);
  });
  gateway.on(busTopics.epochs, async (event) => void heard.epochs.push(event));
  gateway.on(busTopics.blocks, async (told) => void heard.blocks.push(told));
  await gateway.start();
  return heard;
}

export const brief = ({ height, phase, nonce, settledNonce }: EpochEvent): string =>
  [height, EpochPhase[phase], nonce, ...(settledNonce === undefined ? [] : [`after ${settledNonce}`])].join(
    ' ',
  );

function signed(author: Account, body: SignedPayload['body']) {
  const bytes = SignedPayload.encode({ chainId, body }).finish();
  return {
    publicKey: Buffer.from(author.publicKey).toString('hex'),
    signature: Buffer.from(author.sign(bytes)).toString('hex'),
  };
}

export function topicBody(creator: Account, requestId: string, change: Partial<TopicParams> = {}) {
  const params = { ...topicParams, ...change };
  const value = {
    creator: creator.address,
    metadata: 'BTC in 5 minutes',
    lossMethod: 'mse',
    params,
    requestId,
  };
  return { ...value, ...signed(creator, { $case: 'topicCreation', value }) };
}

export function changeBody(
  creator: Account,
  topicId: number,
  requestId: string,
  change: Pick<Partial<TopicChange>, 'metadata' | 'lossMethod' | 'params'>,
) {
  const given = { creator: creator.address, requestId, ...change };
  const value = { params: undefined, ...given, topicId };
  return { ...given, ...signed(creator, { $case: 'topicChange', value }) };
}

export function registrationBody(author: Account, topicId: number, role: 'worker' | 'reputer') {
  return standingBody(author, topicId, role, {});
}

/** A registration with what makes or ends a shadow. */
export function standingBody(
  author: Account,
  topicId: number,
  role: 'worker' | 'reputer',
  asked: { readonly shadow?: boolean; readonly requestId?: string },
) {
  const { shadow = false, requestId = '' } = asked;
  const roleValue = role === 'worker' ? Role.WORKER : Role.REPUTER;
  const value = { topicId, address: author.address, role: roleValue, shadow, requestId };
  return { address: author.address, role, ...asked, ...signed(author, { $case: 'registration', value }) };
}

export const post = (...request: Parameters<typeof send> extends [string, ...infer R] ? R : never) =>
  send('POST', ...request);
export const patch = (...request: Parameters<typeof send> extends [string, ...infer R] ? R : never) =>
  send('PATCH', ...request);

async function send(
  method: string,
  app: RunningApp,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(app.httpUrl + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const get = async (app: RunningApp, path: string) => {
  const response = await fetch(app.httpUrl + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`still not so after ${timeoutMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A member of a group hears of another one with its next heartbeat: of this a fifth. */
const KAFKA = { bus: 'kafka', kafkaPartitions: 2, kafkaSessionTimeoutMs: 6_000 } as const;

/** Several processes share a log on Kafka only; the embedded one belongs to one process. */
export async function kafkaSettings() {
  const { kafkaBrokers } = await ensureStack({ parts: ['kafka'] });
  const busTopicPrefix = `t${randomBytes(4).toString('hex')}.`;
  return { ...KAFKA, kafkaBrokers: kafkaBrokers.split(','), busTopicPrefix } as const;
}
