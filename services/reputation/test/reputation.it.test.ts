import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { credentials } from '@grpc/grpc-js';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import {
  LossIngestClient,
  type LossIngestSubmitResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import {
  EpochOutcome,
  type EpochScores,
  type NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { LossSubmission, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent, EpochPhase, Role, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, accountFromKey } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { reputationConfig } from '../src/config';
import { ReputationModule } from '../src/reputation.module';
import { params } from './epoch-logs';

const TOPIC = 7;
const NONCE = 10;
const CHAIN = 'allora-test-1';
const accounts = [1, 2, 3, 4].map((n) => accountFromKey(Buffer.alloc(32, n)));
const [byHttp, byGrpc, workerA, workerB] = accounts as [Account, Account, Account, Account];
const workers = [workerA.address, workerB.address].sort();

let app: RunningApp;
let neighbour: ServiceBus;
const closers: (() => Promise<unknown>)[] = [];
let losses: NetworkLosses[];
let scores: EpochScores[];

async function open(bus: 'embedded' | 'kafka'): Promise<void> {
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const kafkaBrokers =
    bus === 'kafka' ? (await ensureStack({ parts: ['kafka'] })).kafkaBrokers.split(',') : [];
  const busTopicPrefix = `reputation-${randomUUID().slice(0, 8)}.`;
  if (bus === 'kafka') closers.push(() => deleteTopicsOf(kafkaBrokers, busTopicPrefix));
  const config = reputationConfig.parse({
    databaseUrl: database.url,
    bus,
    kafkaBrokers,
    kafkaPartitions: 2,
    busTopicPrefix,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'error',
    chainId: CHAIN,
  });
  app = await startApp({ name: 'reputation', config, modules: [ReputationModule.register(config)] });
  closers.push(() => app.close());
  neighbour = app.peer('gateway');
  losses = [];
  scores = [];
  neighbour.on(busTopics.networkLosses, (message) => Promise.resolve(void losses.push(message)));
  neighbour.on(busTopics.epochScores, (message) => Promise.resolve(void scores.push(message)));
  await neighbour.start();
}

function lossesOf(reputer: string, combined: string): LossSubmission {
  return LossSubmission.fromPartial({
    topicId: TOPIC,
    nonce: NONCE,
    reputer,
    combined,
    naive: '-0.5',
    inferers: workers.map((worker, i) => ({ worker, value: `-0.${i + 1}` })),
    oneOutInferers: workers.map((worker, i) => ({ worker, value: `0.${i + 1}` })),
  });
}

const bytesToSign = (losses: LossSubmission) =>
  SignedPayload.encode({ chainId: CHAIN, body: { $case: 'loss', value: losses } }).finish();

function post(account: Account, submission: LossSubmission): Promise<Response> {
  const { topicId, ...fields } = submission;
  const body = {
    ...fields,
    publicKey: Buffer.from(account.publicKey).toString('hex'),
    signature: Buffer.from(account.sign(bytesToSign(submission))).toString('hex'),
  };
  return fetch(`${app.httpUrl}/v1/topics/${topicId}/losses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function submitByGrpc(account: Account, submission: LossSubmission): Promise<LossIngestSubmitResponse> {
  const payload = bytesToSign(submission);
  const client = new LossIngestClient(app.grpcAddress, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      const signed = { payload, publicKey: account.publicKey, signature: account.sign(payload) };
      client.submit({ signed }, (error, response) => (error ? reject(error) : resolve(response)));
    });
  } finally {
    client.close();
  }
}

const turn = (phase: EpochPhase, height: number): EpochEvent =>
  EpochEvent.fromPartial({ topicId: TOPIC, nonce: NONCE, phase, height, params, closesHeight: NONCE + 15 });

async function openReputerWindow(): Promise<void> {
  await neighbour.append(busTopics.topics, [Topic.fromPartial({ id: TOPIC, params, active: true })]);
  await neighbour.append(
    busTopics.registrations,
    [byHttp, byGrpc].map(({ address }) => ({
      ...{ topicId: TOPIC, address, role: Role.REPUTER, height: 1, shadow: false },
    })),
  );
  await neighbour.append(busTopics.epochs, [turn(EpochPhase.REPUTER_WINDOW_OPENED, NONCE + 10)]);
  await vi.waitFor(
    async () => {
      const known = await app.database.prisma.$queryRaw<
        { windows: number; reputers: number; topics: number }[]
      >`
        SELECT (SELECT count(*)::int FROM reputation.known_windows) AS windows,
               (SELECT count(*)::int FROM reputation.known_registrations) AS reputers,
               (SELECT count(*)::int FROM reputation.known_topics) AS topics`;
      expect(known).toEqual([{ windows: 1, reputers: 2, topics: 1 }]);
    },
    { timeout: 30_000, interval: 50 },
  );
}

async function closeReputerWindow(): Promise<void> {
  await neighbour.append(busTopics.epochs, [turn(EpochPhase.REPUTER_WINDOW_CLOSED, NONCE + 15)]);
  const stake = (account: Account, stakeUallo: string) => ({
    reputer: account.address,
    stakeUallo,
    delegatedUallo: '0',
  });
  await neighbour.append(busTopics.stakeSnapshots, [
    StakeSnapshot.fromPartial({
      topicId: TOPIC,
      nonce: NONCE,
      stakes: [stake(byHttp, '1000000000000000000'), stake(byGrpc, '3000000000000000000')],
    }),
  ]);
  await neighbour.append(busTopics.networkInferences, [
    NetworkInference.fromPartial({
      topicId: TOPIC,
      nonce: NONCE,
      mode: InferenceMode.ALL_NEW,
      inferers: workers.map((inferer) => ({ inferer, value: '1' })),
      oneOutInferer: [1, 1],
      params,
    }),
  ]);
}

/** Scores and losses come by two Kafka topics, in either order. */
const settled = () =>
  vi.waitFor(() => expect([scores.length, losses.length]).toEqual([1, 1]), { timeout: 30_000, interval: 50 });

describe.each(['embedded', 'kafka'] as const)('reputation on the %s bus', (bus) => {
  beforeEach(() => open(bus));
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  it('takes losses by HTTP and gRPC and settles the epoch with them', async () => {
    await openReputerWindow();
    const response = await post(byHttp, lossesOf(byHttp.address, '-1'));
    expect([response.status, await response.clone().json()]).toMatchObject([
      202,
      { author: byHttp.address, nonce: NONCE },
    ]);
    const { receipt } = await submitByGrpc(byGrpc, lossesOf(byGrpc.address, '-2'));
    expect(receipt).toMatchObject({ author: byGrpc.address, topicId: TOPIC });
    await closeReputerWindow();
    await settled();
    expect(losses[0]).toMatchObject({ topicId: TOPIC, nonce: NONCE, outcome: EpochOutcome.SCORED });
    expect(losses[0]!.losses!.combined).toBeCloseTo((1 * -1 + 3 * -2) / 4, 12);
    expect(scores[0]!.reputers.map(({ reputer }) => reputer)).toEqual(
      [byHttp.address, byGrpc.address].sort(),
    );
    expect(scores[0]!.inferers.map(({ participant, score }) => [participant, typeof score])).toEqual(
      workers.map((worker) => [worker, 'number']),
    );
  });

  it('settles an epoch that nobody reported on', async () => {
    await openReputerWindow();
    await closeReputerWindow();
    await settled();
    expect(scores[0]).toMatchObject({ nonce: NONCE, outcome: EpochOutcome.NO_LOSSES, reputers: [] });
    expect(losses[0]).toMatchObject({ nonce: NONCE, outcome: EpochOutcome.NO_LOSSES, losses: undefined });
  });

  it('refuses what is not a number, naming the field', async () => {
    await openReputerWindow();
    const response = await post(byHttp, lossesOf(byHttp.address, 'NaN'));
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'VALUE_NOT_ALLOWED' }]);
  });
});
