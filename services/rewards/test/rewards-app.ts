import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import {
  type EpochRewards,
  RewardsService,
  type StakeSnapshot,
} from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Account } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { type GrpcChannel, openGrpcChannel } from '@allora/service-kit/grpc-client';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase } from '@allora/store/testing';
import { expect, vi } from 'vitest';
import { rewardsConfig } from '../src/config';
import { LedgerStore } from '../src/ledger.store';
import { RewardsModule } from '../src/rewards.module';

const chainId = 'allora-test-1';

/** Topic 77 exists and was never told on the log. */
const coordinatorModule = () =>
  neighbour(TopicCoordinatorService, {
    getTopic: async ({ topicId }) => ({
      topic: topicId === 77 ? Topic.fromPartial({ id: 77 }) : undefined,
    }),
  });

/** The service on a database of its own, with neighbours that hear what it tells. */
export class RewardsApp {
  readonly ledger: LedgerStore;
  readonly coordinator: ServiceBus;
  readonly reputation: ServiceBus;
  readonly grpc: GrpcChannel<typeof RewardsService>;
  readonly rewards: EpochRewards[] = [];
  readonly snapshots: StakeSnapshot[] = [];
  readonly told: string[] = [];

  private constructor(
    readonly app: RunningApp,
    private readonly dropDatabase: () => Promise<void>,
  ) {
    this.ledger = app.get(LedgerStore);
    this.grpc = openGrpcChannel(RewardsService, () => app.grpcAddress);
    this.coordinator = app.peer('topic-coordinator');
    this.reputation = app.peer('reputation');
  }

  static async start(settings: { readonly faucet?: 'open' } = { faucet: 'open' }): Promise<RewardsApp> {
    const database = await createTestDatabase();
    const config = rewardsConfig.parse({
      databaseUrl: database.url,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      chainId,
      coordinatorGrpcAddress: 'self',
      ...settings,
    });
    const modules = [RewardsModule.register(config), coordinatorModule()];
    const app = await startApp({ name: 'rewards', config, modules });
    const started = new RewardsApp(app, () => database.drop());
    await started.listen();
    return started;
  }

  async close(): Promise<void> {
    this.grpc.close();
    await this.app.close();
    await this.dropDatabase();
  }

  async request(method: 'GET' | 'POST', path: string, body?: unknown) {
    const response = await fetch(`${this.app.httpUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  give(address: string, amountUallo: bigint, requestId = 'first') {
    return this.request('POST', '/v1/faucet', { address, amountUallo: amountUallo.toString(), requestId });
  }

  stake(topicId: number, account: Account, amountUallo: bigint, requestId: string) {
    const { json } = stakeBody(topicId, account, amountUallo, requestId);
    return this.request('POST', `/v1/topics/${topicId}/stakes`, json);
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

  async expectConserved(): Promise<void> {
    const { mintedUallo, heldUallo } = await this.ledger.supply();
    expect(heldUallo).toBe(mintedUallo);
    expect(await this.ledger.misstatedAccounts()).toEqual([]);
  }

  private heard<T>(what: string, find: () => T | undefined): Promise<T> {
    return vi.waitFor(() => {
      const found = find();
      if (!found) throw new Error(`no such ${what} yet: ${this.told.join(', ')}`);
      return found;
    }, 20_000);
  }

  private async listen(): Promise<void> {
    const synthesis = this.app.peer('synthesis');
    this.reputation.on(busTopics.stakeSnapshots, async (snapshot) => {
      this.snapshots.push(snapshot);
      this.told.push(`snapshot ${snapshot.topicId}/${snapshot.nonce}`);
    });
    synthesis.on(busTopics.epochRewards, async (reward) => {
      this.rewards.push(reward);
      this.told.push(`rewards ${reward.topicId}/${reward.nonce}`);
    });
    await Promise.all([this.reputation.start(), synthesis.start()]);
    const topics = [Topic.fromPartial({ id: 1 }), Topic.fromPartial({ id: 2 })];
    await this.coordinator.append(busTopics.topics, topics);
  }
}

/** A deposit as signed bytes for gRPC and as JSON. */
export function stakeBody(topicId: number, account: Account, amountUallo: bigint, requestId: string) {
  const fields = { reputer: account.address, amountUallo: amountUallo.toString(), requestId };
  const payload = SignedPayload.encode({
    chainId,
    body: { $case: 'stakeDeposit', value: { topicId, ...fields } },
  }).finish();
  const signature = account.sign(payload);
  return {
    payload,
    publicKey: account.publicKey,
    signature,
    json: {
      ...fields,
      publicKey: Buffer.from(account.publicKey).toString('hex'),
      signature: Buffer.from(signature).toString('hex'),
    },
  };
}
