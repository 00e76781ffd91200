import { randomUUID } from 'node:crypto';
import type { ServiceBus } from '@allora/bus/service-bus';
import type { BusTransport } from '@allora/bus/transport';
import { busTopics } from '@allora/contracts/catalog';
import {
  type EpochRewards,
  RewardsService,
  type StakeSnapshot,
  type TopicWeight,
} from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { type AccountCommand, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import {
  BlocksTold,
  EpochPhase,
  Topic,
  TopicCoordinatorService,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { type GrpcChannel, openGrpcChannel } from '@allora/service-kit/grpc-client';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import type { DynamicModule } from '@nestjs/common';
import { expect, vi } from 'vitest';
import { rewardsConfig } from '../src/config';
import { testAccount } from '../src/genesis-file';
import { LedgerStore } from '../src/ledger.store';
import { RewardsModule } from '../src/rewards.module';
import { epochEvent, epochScores, params, type ScoresOptions } from './fixtures';
import { genesisFile, testGenesis } from './genesis';

export const chainId = 'allora-test-1';

export const topicNamed = (id: number, creationFeeUallo?: string): Topic =>
  Topic.fromPartial({
    id,
    creator: testAccount('foundation').address,
    lossMethod: 'mse',
    params,
    active: true,
    creationFeeUallo,
  });

/** Topic 77 exists and was never told on the log. */
const coordinatorModule = (told: readonly Topic[]) =>
  neighbour(TopicCoordinatorService, {
    getTopic: async ({ topicId }) => ({ topic: [...told, topicNamed(77)].find(({ id }) => id === topicId) }),
  });

export interface RewardsAppOptions {
  /** Settings beside those that every test has; the faucet is open unless told. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Another replica: on the database and with the genesis of this one. */
  readonly beside?: RewardsApp;
  /** Fields of the genesis file that differ from the test network's. */
  readonly genesis?: Readonly<Record<string, unknown>>;
  /** Topics told at the start, with their creation fees. */
  readonly topics?: readonly Topic[];
  /** Modules beside it: services that it asks. */
  readonly neighbours?: readonly DynamicModule[];
}

/** The service on a database of its own, with neighbours that hear what it tells. */
export class RewardsApp {
  readonly ledger: LedgerStore;
  readonly coordinator: ServiceBus;
  readonly reputation: ServiceBus;
  readonly inferenceIngest: ServiceBus;
  readonly grpc: GrpcChannel<typeof RewardsService>;
  readonly rewards: EpochRewards[] = [];
  readonly snapshots: StakeSnapshot[] = [];
  readonly weights: TopicWeight[] = [];
  readonly told: string[] = [];
  /** Up to which blocks were told. */
  height = 0;

  private constructor(
    readonly app: RunningApp,
    readonly database: TestDatabase,
    private readonly cleanUp: () => Promise<void>,
  ) {
    this.ledger = app.get(LedgerStore);
    this.grpc = openGrpcChannel(RewardsService, () => app.grpcAddress);
    this.coordinator = app.peer('topic-coordinator');
    this.reputation = app.peer('reputation');
    this.inferenceIngest = app.peer('inference-ingest');
  }

  static async start(options: RewardsAppOptions = {}): Promise<RewardsApp> {
    const { settings = { faucet: 'open' }, beside, genesis, neighbours = [] } = options;
    const { topics = [topicNamed(1), topicNamed(2)] } = options;
    const database = beside?.database ?? (await createTestDatabase());
    const file = genesisFile(testGenesis(genesis));
    const config = rewardsConfig.parse({
      databaseUrl: database.url,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      chainId,
      coordinatorGrpcAddress: 'self',
      genesisFile: file.path,
      ...settings,
    });
    const modules = [RewardsModule.register(config), coordinatorModule(topics), ...neighbours];
    const cleanUp = async () => {
      file.remove();
      if (!beside) await database.drop();
    };
    try {
      const shared = beside ? { transport: writingOnly(beside.app.transport) } : {};
      const app = await startApp({ name: 'rewards', config, modules, ...shared });
      const started = new RewardsApp(app, database, cleanUp);
      if (!beside) await started.listen(topics);
      return started;
    } catch (error) {
      await cleanUp();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.grpc.close();
    await this.app.close();
    await this.cleanUp();
  }

  async request(method: 'GET' | 'POST', path: string, body?: unknown) {
    const response = await fetch(`${this.app.httpUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  async get(path: string): Promise<Record<string, unknown>> {
    const { status, body } = await this.request('GET', path);
    expect(status).toBe(200);
    return body;
  }

  give(address: string, amountUallo: bigint, requestId = 'first') {
    return this.request('POST', '/v1/faucet', { address, amountUallo: amountUallo.toString(), requestId });
  }

  stake(topicId: number, account: Account, amountUallo: bigint, requestId: string) {
    const { json } = stakeBody(topicId, account, amountUallo, requestId);
    return this.request('POST', `/v1/topics/${topicId}/stakes`, json);
  }

  /** Another request id each time unless told. */
  command(account: Account, command: CommandBody, requestId: string = randomUUID()) {
    return this.request('POST', '/v1/commands', signedCommand(account, command, requestId).json);
  }

  balanceOf(address: string): Promise<bigint> {
    return this.ledger.balance(`participant:${address}`);
  }

  /** Tells the blocks up to a height, with the epochs that end there, and waits until they are applied. */
  async blocks(toHeight: number, ended: readonly { topicId: number; nonce: number }[] = []): Promise<void> {
    const told = BlocksTold.fromPartial({
      fromHeightExclusive: this.height,
      toHeight,
      ended: ended.map((epoch) => ({
        ...epoch,
        height: toHeight,
        epochLengthBlocks: params.epochLengthBlocks,
      })),
      atMs: 1_700_000_000_000,
    });
    this.height = toHeight;
    await this.coordinator.append(busTopics.blocks, [told]);
    await vi.waitFor(
      async () => {
        const network = await this.app.database.prisma.networkEconomy.findUnique({ where: { id: 1 } });
        expect(Number(network?.height)).toBeGreaterThanOrEqual(toHeight);
      },
      { timeout: 20_000, interval: 20 },
    );
  }

  /** Opens the reputers' window of an epoch; resolves to the snapshot, once what it waits for is paid. */
  async open(topicId: number, nonce: number, settledNonce?: number): Promise<StakeSnapshot> {
    const event = epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, nonce, { topicId, settledNonce });
    await this.coordinator.append(busTopics.epochs, [event]);
    return this.snapshotOf(topicId, nonce);
  }

  /** Ends an epoch that was opened: its close, its blocks, its scores by the stakes of its snapshot. */
  async settle(topicId: number, nonce: number, options: ScoresOptions = {}): Promise<EpochRewards> {
    const { settledNonce } = options;
    const event = epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, nonce, { topicId, settledNonce });
    await this.coordinator.append(busTopics.epochs, [event]);
    await this.blocks(this.height + params.epochLengthBlocks, [{ topicId, nonce }]);
    const { stakes } = await this.snapshotOf(topicId, nonce);
    const reputers = Object.fromEntries(
      stakes.map((stake) => [
        stake.reputer,
        [20, BigInt(stake.stakeUallo), BigInt(stake.delegatedUallo)] as const,
      ]),
    );
    const scores = epochScores({ topicId, nonce, reputers, ...options });
    await this.reputation.append(busTopics.epochScores, [scores]);
    return this.rewardsOf(topicId, nonce);
  }

  rewardsOf(topicId: number, nonce: number): Promise<EpochRewards> {
    return this.heard('rewards', () =>
      this.rewards.find((reward) => reward.topicId === topicId && reward.nonce === nonce),
    );
  }

  snapshotOf(topicId: number, nonce: number): Promise<StakeSnapshot> {
    return this.heard('snapshot', () =>
      this.snapshots.find((snapshot) => snapshot.topicId === topicId && snapshot.nonce === nonce),
    );
  }

  weightOf(topicId: number, find: (weight: TopicWeight) => boolean = () => true): Promise<TopicWeight> {
    return this.heard('weight', () =>
      this.weights.find((weight) => weight.topicId === topicId && find(weight)),
    );
  }

  async expectConserved(): Promise<void> {
    expect(await this.ledger.conservation()).toMatchObject({ errorUallo: 0n, misstatedSums: 0 });
    const { mintedUallo, heldUallo } = await this.ledger.supply();
    expect(heldUallo).toBe(mintedUallo);
    expect(await this.ledger.misstatedAccounts()).toEqual([]);
  }

  heard<T>(what: string, find: () => T | undefined): Promise<T> {
    return vi.waitFor(
      () => {
        const found = find();
        if (!found) throw new Error(`no such ${what} yet: ${this.told.join(', ')}`);
        return found;
      },
      { timeout: 20_000, interval: 20 },
    );
  }

  private async listen(topics: readonly Topic[]): Promise<void> {
    const synthesis = this.app.peer('synthesis');
    const gateway = this.app.peer('gateway');
    this.reputation.on(busTopics.stakeSnapshots, async (snapshot) => {
      this.snapshots.push(snapshot);
      this.told.push(`snapshot ${snapshot.topicId}/${snapshot.nonce}`);
    });
    synthesis.on(busTopics.epochRewards, async (reward) => {
      this.rewards.push(reward);
      this.told.push(`rewards ${reward.topicId}/${reward.nonce}`);
    });
    gateway.on(busTopics.topicWeights, async (weight) => {
      this.weights.push(weight);
    });
    await Promise.all([this.reputation.start(), synthesis.start(), gateway.start()]);
    await this.coordinator.append(busTopics.topics, topics);
    await vi.waitFor(async () =>
      expect(await this.app.database.prisma.topicEconomy.count()).toBe(topics.length),
    );
  }
}

/** The log of another replica, which alone reads it. */
const writingOnly = (transport: BusTransport): BusTransport => ({
  ensureTopics: () => Promise.resolve(),
  append: (topic, records) => transport.append(topic, records),
  consume: () => Promise.resolve({ stop: () => Promise.resolve(), lag: () => Promise.resolve({}) }),
  peek: (options) => transport.peek(options),
  close: () => Promise.resolve(),
});

export type CommandBody = NonNullable<AccountCommand['command']>;

/** Bytes signed by an account, for gRPC. */
export function signed(account: Account, body: NonNullable<SignedPayload['body']>, chain = chainId) {
  const payload = SignedPayload.encode({ chainId: chain, body }).finish();
  return { payload, publicKey: account.publicKey, signature: account.sign(payload) };
}

const proofOf = ({ publicKey, signature }: ReturnType<typeof signed>) => ({
  publicKey: Buffer.from(publicKey).toString('hex'),
  signature: Buffer.from(signature).toString('hex'),
});

/** A command as signed bytes for gRPC and as JSON. */
export function signedCommand(account: Account, command: CommandBody, requestId: string) {
  const fields = { author: account.address, requestId };
  const message = signed(account, { $case: 'accountCommand', value: { ...fields, command } });
  return { message, json: { ...fields, command: { [command.$case]: command.value }, ...proofOf(message) } };
}

/** A deposit as signed bytes for gRPC and as JSON. */
export function stakeBody(topicId: number, account: Account, amountUallo: bigint, requestId: string) {
  const fields = { reputer: account.address, amountUallo: amountUallo.toString(), requestId };
  const message = signed(account, { $case: 'stakeDeposit', value: { topicId, ...fields } });
  return { ...message, json: { ...fields, ...proofOf(message) } };
}
