import 'reflect-metadata';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { EpochOutcome } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import {
  type EpochRewards,
  RewardsService,
  type StakeSnapshot,
} from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { type GrpcChannel, openGrpcChannel } from '@allora/service-kit/grpc-client';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { createTestDatabase } from '@allora/store/testing';
import { type DynamicModule, Injectable, type OnModuleInit } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rewardsConfig } from '../src/config';
import { LedgerStore } from '../src/ledger.store';
import { RewardsModule } from '../src/rewards.module';
import { ALLO, epochEvent, epochScores } from './fixtures';

/** Topic 77 exists and was never told on the log. */
@Injectable()
class Coordinator implements OnModuleInit {
  constructor(private readonly host: GrpcHost) {}

  onModuleInit(): void {
    const none = async () => {
      throw new Error('not asked for in this test');
    };
    this.host.add(TopicCoordinatorService, {
      getTopic: async ({ topicId }) => ({
        topic: topicId === 77 ? Topic.fromPartial({ id: 77 }) : undefined,
      }),
      getRegistration: none,
      getWindow: none,
      advanceClock: none,
    });
  }
}
class CoordinatorModule {}
const coordinatorModule: DynamicModule = { module: CoordinatorModule, providers: [Coordinator] };

const chainId = 'allora-test-1';
const anna = createAccount();
const bert = createAccount();

let created: Awaited<ReturnType<typeof createTestDatabase>>;
let app: RunningApp;
let coordinator: ServiceBus;
let reputation: ServiceBus;
let grpc: GrpcChannel<typeof RewardsService>;
let ledger: LedgerStore;
const rewards: EpochRewards[] = [];
const snapshots: StakeSnapshot[] = [];
const told: string[] = [];

beforeAll(async () => {
  created = await createTestDatabase();
  const config = rewardsConfig.parse({
    databaseUrl: created.url,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'silent',
    chainId,
    coordinatorGrpcAddress: 'self',
    faucet: 'open',
  });
  app = await startApp({
    name: 'rewards',
    config,
    modules: [RewardsModule.register(config), coordinatorModule],
  });
  ledger = app.get(LedgerStore);
  grpc = openGrpcChannel(RewardsService, () => app.grpcAddress);
  coordinator = app.peer('topic-coordinator');
  reputation = app.peer('reputation');
  reputation.on(busTopics.stakeSnapshots, async (snapshot) => {
    snapshots.push(snapshot);
    told.push(`snapshot ${snapshot.topicId}/${snapshot.nonce}`);
  });
  const synthesis = app.peer('synthesis');
  synthesis.on(busTopics.epochRewards, async (reward) => {
    rewards.push(reward);
    told.push(`rewards ${reward.topicId}/${reward.nonce}`);
  });
  await Promise.all([reputation.start(), synthesis.start()]);
  await coordinator.append(busTopics.topics, [Topic.fromPartial({ id: 1 }), Topic.fromPartial({ id: 2 })]);
});

afterAll(async () => {
  grpc?.close();
  await app?.close();
  await created?.drop();
});

async function request(method: 'GET' | 'POST', path: string, body?: unknown) {
  const response = await fetch(`${app.httpUrl}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const give = (address: string, amountUallo: bigint, requestId = 'first') =>
  request('POST', '/v1/faucet', { address, amountUallo: amountUallo.toString(), requestId });

function stakeBody(topicId: number, account: typeof anna, amountUallo: bigint, requestId: string) {
  const fields = { reputer: account.address, amountUallo: amountUallo.toString(), requestId };
  const payload = SignedPayload.encode({
    chainId,
    body: { $case: 'stakeDeposit', value: { topicId, ...fields } },
  }).finish();
  return {
    payload,
    publicKey: account.publicKey,
    signature: account.sign(payload),
    json: {
      ...fields,
      publicKey: Buffer.from(account.publicKey).toString('hex'),
      signature: Buffer.from(account.sign(payload)).toString('hex'),
    },
  };
}

const stake = (topicId: number, account: typeof anna, amountUallo: bigint, requestId: string) =>
  request('POST', `/v1/topics/${topicId}/stakes`, stakeBody(topicId, account, amountUallo, requestId).json);

const rewardsOf = (topicId: number, nonce: number) =>
  vi.waitFor(() => {
    const found = rewards.find((reward) => reward.topicId === topicId && reward.nonce === nonce);
    if (!found) throw new Error(`no rewards of ${topicId}/${nonce} yet: ${told.join(', ')}`);
    return found;
  }, 20_000);

const snapshotOf = (topicId: number, nonce: number) =>
  vi.waitFor(() => {
    const found = snapshots.find((snapshot) => snapshot.topicId === topicId && snapshot.nonce === nonce);
    if (!found) throw new Error(`no snapshot of ${topicId}/${nonce} yet: ${told.join(', ')}`);
    return found;
  }, 20_000);

async function expectConserved(): Promise<void> {
  const { mintedUallo, heldUallo } = await ledger.supply();
  expect(heldUallo).toBe(mintedUallo);
  expect(await ledger.misstatedAccounts()).toEqual([]);
}

describe('accounts', () => {
  it('gives once for a request id', async () => {
    const first = await give(anna.address, 1_000n * ALLO);
    expect(first).toEqual({
      status: 201,
      body: { address: anna.address, balanceUallo: '1000000000000000000000' },
    });
    expect(await give(anna.address, 1_000n * ALLO)).toEqual(first);
    expect(await give(anna.address, 5n)).toMatchObject({ status: 409, body: { code: 'CONFLICTING_REPEAT' } });
    await give(bert.address, 1_000n * ALLO);
  });

  it('deposits stake, and answers a repeat as the first time', async () => {
    expect(await stake(1, anna, 10n, 'a')).toEqual({ status: 201, body: { stakeUallo: '10' } });
    expect(await stake(1, anna, 5n, 'b')).toEqual({ status: 201, body: { stakeUallo: '15' } });
    expect(await stake(1, anna, 10n, 'a')).toEqual({ status: 201, body: { stakeUallo: '10' } });
    expect(await stake(1, anna, 11n, 'a')).toMatchObject({
      status: 409,
      body: { code: 'CONFLICTING_REPEAT' },
    });
    const { body } = await request('GET', `/v1/accounts/${anna.address}`);
    expect(body).toEqual({
      address: anna.address,
      balanceUallo: (1_000n * ALLO - 15n).toString(),
      stakes: [{ topicId: 1, stakeUallo: '15', delegatedUallo: '0' }],
    });
  });

  it('asks the owner of topics before it refuses one', async () => {
    expect(await stake(77, anna, 1n, 'a')).toMatchObject({ status: 201 });
    expect(await stake(78, anna, 1n, 'a')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_TOPIC', topicId: 78 },
    });
  });

  it('answers by gRPC what it answers by HTTP', async () => {
    const { payload, publicKey, signature } = stakeBody(1, anna, 2n, 'grpc');
    const signed = { payload, publicKey, signature };
    expect(await grpc.client.depositStake({ signed })).toEqual({ stakeUallo: '17' });
    expect(await grpc.client.getStake({ topicId: 1, reputer: anna.address })).toEqual({
      stakeUallo: '17',
      delegatedUallo: '0',
    });
    expect(await grpc.client.getAccount({ account: anna.address })).toEqual({
      account: `participant:${anna.address}`,
      balanceUallo: (1_000n * ALLO - 18n).toString(),
    });
    expect(await grpc.client.getAccount({ account: 'mint' })).toMatchObject({
      balanceUallo: (-2_000n * ALLO).toString(),
    });
    const supply = await grpc.client.getSupply({});
    expect(supply).toEqual({
      mintedUallo: (2_000n * ALLO).toString(),
      heldUallo: (2_000n * ALLO).toString(),
    });
    expect(await request('GET', '/v1/supply')).toEqual({ status: 200, body: supply });
    await expect(grpc.client.depositStake({ signed: undefined })).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    await expect(
      grpc.client.depositStake({ signed: { ...signed, publicKey: bert.publicKey } }),
    ).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
  });

  it('knows nothing bad of an address it never saw', async () => {
    const { address } = createAccount();
    expect(await request('GET', `/v1/accounts/${address}`)).toEqual({
      status: 200,
      body: { address, balanceUallo: '0', stakes: [] },
    });
  });

  it.each([
    ['a wrong address', 'GET', '/v1/accounts/allo1nobody', undefined, 400, 'MALFORMED'],
    [
      'a gift to nobody',
      'POST',
      '/v1/faucet',
      { address: 'x', amountUallo: '1', requestId: 'a' },
      400,
      'MALFORMED',
    ],
    [
      'a fractional gift',
      'POST',
      '/v1/faucet',
      { address: anna.address, amountUallo: '1.5', requestId: 'a' },
      400,
      'MALFORMED',
    ],
    [
      'a field too many',
      'POST',
      '/v1/faucet',
      { address: anna.address, amountUallo: '1', requestId: 'a', x: 1 },
      400,
      'MALFORMED',
    ],
    [
      'a gift too large',
      'POST',
      '/v1/faucet',
      { address: anna.address, amountUallo: '1'.padEnd(30, '0'), requestId: 'z' },
      422,
      'VALUE_NOT_ALLOWED',
    ],
    [
      'a stake on no topic',
      'POST',
      '/v1/topics/none/stakes',
      stakeBody(1, anna, 1n, 'q').json,
      400,
      'MALFORMED',
    ],
    [
      'a stake signed for another topic',
      'POST',
      '/v1/topics/2/stakes',
      stakeBody(1, anna, 1n, 'q').json,
      401,
      'BAD_SIGNATURE',
    ],
    [
      'a signature in no hex',
      'POST',
      '/v1/topics/1/stakes',
      { ...stakeBody(1, anna, 1n, 'q').json, signature: 'zz' },
      400,
      'MALFORMED',
    ],
    [
      'a stake above the balance',
      'POST',
      '/v1/topics/1/stakes',
      stakeBody(1, anna, 2_000n * ALLO, 'q').json,
      409,
      'INSUFFICIENT_BALANCE',
    ],
  ] as const)('refuses %s', async (_name, method, path, body, status, code) => {
    const before = await ledger.supply();
    expect(await request(method, path, body)).toMatchObject({ status, body: { status, code } });
    expect(await ledger.supply()).toEqual(before);
    await expectConserved();
  });
});

describe('the settlement of epochs', () => {
  const reputers = {
    [anna.address]: [20, 17n] as const,
    [bert.address]: [30, 3n] as const,
  };

  it('snapshots stakes, pays scores once and in turn, and tells every epoch', async () => {
    await stake(1, bert, 3n, 'a');
    await coordinator.append(busTopics.epochs, [epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 100)]);
    const ordered = [anna, bert].sort((a, b) => (a.address < b.address ? -1 : 1));
    expect((await snapshotOf(1, 100)).stakes).toEqual(
      ordered.map(({ address }) => ({
        reputer: address,
        stakeUallo: address === anna.address ? '17' : '3',
        delegatedUallo: '0',
      })),
    );

    // The second epoch's window opens before the first is paid, and its scores come first.
    const second = epochScores({ nonce: 110, settledNonce: 100, reputers });
    await reputation.append(busTopics.epochScores, [second]);
    await coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 100),
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 110, { settledNonce: 100 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 110, { settledNonce: 100 }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rewards).toEqual([]);
    expect(snapshots).toHaveLength(1);

    const first = epochScores({ nonce: 100, reputers });
    await reputation.append(busTopics.epochScores, [first]);
    const { payments, emissionUallo, dustUallo } = await rewardsOf(1, 100);
    expect(emissionUallo).toBe((10n * ALLO).toString());
    const paid = payments.reduce((sum, payment) => sum + BigInt(payment.amountUallo), 0n);
    expect(paid + BigInt(dustUallo)).toBe(10n * ALLO);
    await rewardsOf(1, 110);
    await snapshotOf(1, 110);
    expect(told.filter((entry) => entry.includes(' 1/'))).toEqual(
      ['snapshot 1/100', 'rewards 1/100', 'snapshot 1/110', 'rewards 1/110'].toSorted(
        (a, b) => told.indexOf(a) - told.indexOf(b),
      ),
    );

    // The snapshot of 110 holds the reputers' pay of 100, and nothing of 110.
    const annas = payments.find(({ participant }) => participant === anna.address)?.amountUallo ?? '0';
    const staked = (await snapshotOf(1, 110)).stakes.find(({ reputer }) => reputer === anna.address);
    expect(staked?.stakeUallo).toBe((17n + BigInt(annas)).toString());
    await expectConserved();
  });

  it('pays an epoch once, however often its scores are told', async () => {
    const before = await ledger.supply();
    const transfers = await app.database.prisma.ledgerTransfer.count();
    await reputation.append(busTopics.epochScores, [
      epochScores({ nonce: 100, reputers }),
      epochScores({ nonce: 110, settledNonce: 100, reputers }),
    ]);
    await coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 110, { settledNonce: 100 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 110, { settledNonce: 100 }),
    ]);
    // A later epoch shows that those before it were read.
    await reputation.append(busTopics.epochScores, [
      epochScores({ nonce: 120, settledNonce: 110, outcome: EpochOutcome.NO_LOSSES }),
    ]);
    await coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 120, { settledNonce: 110 }),
    ]);
    expect(await rewardsOf(1, 120)).toMatchObject({ emissionUallo: '0', dustUallo: '0', payments: [] });
    expect(await ledger.supply()).toEqual(before);
    expect(await app.database.prisma.ledgerTransfer.count()).toBe(transfers);
    expect(rewards.filter(({ topicId }) => topicId === 1)).toHaveLength(3);
    expect(snapshots.filter(({ topicId }) => topicId === 1)).toHaveLength(2);
  });

  it('does not pay before the close was told here, though the scores know of it', async () => {
    await reputation.append(busTopics.epochScores, [epochScores({ topicId: 2, nonce: 50 })]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rewards.filter(({ topicId }) => topicId === 2)).toEqual([]);
    // With overlapping windows the next epoch's snapshot is due before the payment of this one.
    await coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 50, { topicId: 2 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_OPENED, 60, { topicId: 2 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 50, { topicId: 2 }),
    ]);
    await rewardsOf(2, 50);
    expect((await snapshotOf(2, 60)).stakes).toEqual([]);
    expect(await grpc.client.getStake({ topicId: 2, reputer: 'r0' })).not.toEqual({
      stakeUallo: '0',
      delegatedUallo: '0',
    });
  });

  it('pays nothing where the formulas have no answer, and goes on', async () => {
    const before = await ledger.supply();
    await reputation.append(busTopics.epochScores, [
      epochScores({ topicId: 2, nonce: 60, settledNonce: 50, reputers: { r5: [20, 0n] } }),
      epochScores({ topicId: 2, nonce: 70, settledNonce: 60 }),
    ]);
    await coordinator.append(busTopics.epochs, [
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 60, { topicId: 2, settledNonce: 50 }),
      epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, 70, { topicId: 2, settledNonce: 60 }),
    ]);
    expect(await rewardsOf(2, 60)).toMatchObject({ emissionUallo: '0', payments: [] });
    expect((await rewardsOf(2, 70)).payments).not.toEqual([]);
    expect((await ledger.supply()).mintedUallo).toBe(before.mintedUallo + 10n * ALLO);
    await expectConserved();
  });

  it('keeps only the score lists that the window can reach', async () => {
    const nonces = Array.from({ length: 14 }, (_, i) => 80 + 10 * i);
    await coordinator.append(
      busTopics.epochs,
      nonces.map((nonce) =>
        epochEvent(EpochPhase.REPUTER_WINDOW_CLOSED, nonce, { topicId: 2, settledNonce: nonce - 10 }),
      ),
    );
    await reputation.append(
      busTopics.epochScores,
      nonces.map((nonce) =>
        epochScores({ topicId: 2, nonce, settledNonce: nonce - 10, inferers: { i0: nonce / 100 } }),
      ),
    );
    await rewardsOf(2, 210);
    const lists = await app.database.prisma.scoreList.findMany({ where: { topicId: 2n, role: 'inferer' } });
    expect(lists.map(({ nonce }) => Number(nonce)).sort((a, b) => a - b)).toEqual(nonces.slice(-10));
    await expectConserved();
  });

  it('measures what it does', async () => {
    const text = await (await fetch(`${app.httpUrl}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => /^allora_rewards_(paid|epochs|transfers|cons)/.test(line));
    expect(lines).toContain('allora_rewards_conservation_error_uallo 0');
    expect(lines).toContainEqual(
      expect.stringMatching(/^allora_rewards_paid_uallo_total\{role="inferer"\} [1-9]/),
    );
    expect(lines).toContain('allora_rewards_epochs_total{result="undefined"} 1');
    expect(lines).toContainEqual(
      expect.stringContaining('allora_rewards_transfers_total{kind="stake-deposit"}'),
    );
  });
});

describe('a network without a faucet', () => {
  it('gives nothing', async () => {
    const own = await createTestDatabase();
    const config = rewardsConfig.parse({
      databaseUrl: own.url,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
    });
    const closed = await startApp({ name: 'rewards', config, modules: [RewardsModule.register(config)] });
    try {
      const response = await fetch(`${closed.httpUrl}/v1/faucet`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ address: anna.address, amountUallo: '1', requestId: 'a' }),
      });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'FAUCET_CLOSED' });
    } finally {
      await closed.close();
      await own.drop();
    }
  });
});
