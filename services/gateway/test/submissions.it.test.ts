import 'reflect-metadata';
import { credentials, status } from '@grpc/grpc-js';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import {
  GatewayClient,
  type GetSubmissionResponse as Answer,
  SubmissionStanding,
} from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { GetSubmissionResponse, SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { RunningApp } from '@allora/service-kit/app';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GatewayApps } from './apps';
import { epochScores, networkInference } from './fixtures';
import { fees, rewardsModule, Shelves } from './neighbours';

const CHAIN = 'allora-test-1';
const NETWORK_KEY = '07'.repeat(32);
const shelves = new Shelves();
const apps = new GatewayApps();
const hashOf = (name: string) => Buffer.from(name).toString('hex').padEnd(64, '0');

let app: RunningApp;
/** Reaches nobody at the address of its forecast-ingest. */
let apart: RunningApp;
let network: ServiceBus;

const start = (more: object) =>
  apps.start(
    {
      chainId: CHAIN,
      networkKey: NETWORK_KEY,
      inferenceIngestGrpcAddress: 'self',
      forecastIngestGrpcAddress: 'self',
      reputationGrpcAddress: 'self',
      rewardsGrpcAddress: 'self',
      ...more,
    },
    { neighbours: [...shelves.modules(), rewardsModule()] },
  );

beforeAll(async () => {
  app = await start({});
  apart = await start({ forecastIngestGrpcAddress: '127.0.0.1:1', rewardsGrpcAddress: '127.0.0.1:1' });
  network = app.peer('synthesis');
});

afterAll(() => apps.close());

afterEach(() => shelves.away.clear());

function put(shelf: 'inferences' | 'forecasts' | 'losses', author: string, state: SubmissionState): string {
  const hash = hashOf(`${shelf} ${author}`);
  const receipt = {
    hash,
    topicId: 1,
    nonce: 100,
    author,
    logPartition: 2,
    logOffset: 33,
    logIndex: 4,
    acceptedAtMs: 1_700_000_000_000,
    proof: {
      publicKey: new Uint8Array(33).fill(2),
      signature: new Uint8Array(64).fill(3),
      index: 1,
      path: new Uint8Array(32).fill(5),
    },
  };
  const supersededBy = state === SubmissionState.SUPERSEDED ? hashOf('first') : '';
  shelves[shelf].set(hash, GetSubmissionResponse.fromPartial({ receipt, state, supersededBy }));
  return hash;
}

async function read(path: string, from = app) {
  const response = await fetch(`${from.httpUrl}${path}`);
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: await response.json(),
  };
}
const statusOf = (hash: string, from = app) => read(`/v1/submissions/${hash}`, from);

async function byGrpc(hash: string): Promise<Answer> {
  const client = new GatewayClient(app.grpcAddress, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) =>
      client.getSubmission({ hash }, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
  } finally {
    client.close();
  }
}

describe('what has become of a submission', () => {
  it('is asked of whoever took it, and told with the place on its log and the proof', async () => {
    const hash = put('inferences', 'i0', SubmissionState.ACCEPTED);
    expect(await statusOf(hash)).toEqual({
      status: 200,
      retryAfter: null,
      body: {
        hash,
        kind: 'inference',
        topicId: 1,
        nonce: 100,
        author: 'i0',
        position: { partition: 2, offset: 33, index: 4 },
        acceptedAtMs: 1_700_000_000_000,
        proof: {
          publicKey: '02'.repeat(33),
          signature: '03'.repeat(64),
          index: 1,
          path: '05'.repeat(32),
        },
        state: 'accepted',
        supersededBy: null,
        reason: null,
        rank: null,
        emaScore: null,
        activeLimit: null,
        dropped: [],
        droppedCount: 0,
      },
    });
  });

  it('is late or superseded whatever the epoch has come to', async () => {
    expect((await statusOf(put('forecasts', 'f5', SubmissionState.LATE))).body).toMatchObject({
      kind: 'forecast',
      state: 'late',
    });
    expect((await statusOf(put('losses', 'r5', SubmissionState.SUPERSEDED))).body).toMatchObject({
      kind: 'loss',
      state: 'superseded',
      supersededBy: hashOf('first'),
    });
  });

  it('follows the epoch: in the set, then active or left out by its rank', async () => {
    const [active, passive] = ['i0', 'i9'].map((author) => put('inferences', author, SubmissionState.IN_SET));
    const losses = put('losses', 'r0', SubmissionState.IN_SET);
    const poor = put('losses', 'r7', SubmissionState.IN_SET);
    expect((await statusOf(active!)).body).toMatchObject({ state: 'in_set', reason: null });
    await network.append(busTopics.networkInferences, [networkInference(1, 100)]);
    const scores = epochScores(1, 100);
    const finding = { rank: undefined, emaScore: undefined, dropped: [], droppedCount: 0 };
    const dropped = [{ field: 'inferers', worker: 'x', reason: 'UNKNOWN_WORKER' }];
    scores.findings.push(
      { ...finding, reputer: 'r0', reason: '', dropped, droppedCount: 1 },
      { ...finding, reputer: 'r7', reason: 'STAKE_BELOW_MINIMUM' },
    );
    await network.append(busTopics.epochScores, [scores]);
    await vi.waitFor(
      async () => {
        expect((await statusOf(active!)).body).toMatchObject({ state: 'active' });
        expect((await statusOf(losses)).body).toMatchObject({ state: 'active', dropped, droppedCount: 1 });
      },
      { timeout: 20_000, interval: 50 },
    );
    expect((await statusOf(passive!)).body).toMatchObject({
      state: 'not_active',
      reason: 'SORTITION_RANK',
      rank: 3,
      emaScore: -0.5,
    });
    expect((await statusOf(poor)).body).toMatchObject({
      state: 'not_active',
      reason: 'STAKE_BELOW_MINIMUM',
    });
    expect((await read('/v1/topics/1/epochs/100')).body).toMatchObject({
      scores: { findings: [{ reputer: 'r0', reason: null, dropped }, { reputer: 'r7' }] },
    });
  });

  it('is told by gRPC just so', async () => {
    const hash = put('inferences', 'i9', SubmissionState.IN_SET);
    expect(await byGrpc(hash)).toMatchObject({
      receipt: { hash, author: 'i9', logIndex: 4 },
      standing: SubmissionStanding.NOT_ACTIVE,
      reason: 'SORTITION_RANK',
      rank: 3,
    });
    await expect(byGrpc(hashOf('never'))).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(byGrpc('short')).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('a hash that nobody knows', () => {
  it('is refused for good only when all three services said so', async () => {
    expect(await statusOf(hashOf('never'))).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_SUBMISSION', hash: hashOf('never') },
    });
    expect(await statusOf('XYZ')).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
  });

  it.each(['inferences', 'forecasts', 'losses'] as const)(
    'is never said unknown without %s',
    async (shelf) => {
      shelves.away.add(shelves[shelf]);
      const services = { inferences: 'inference-ingest', forecasts: 'forecast-ingest', losses: 'reputation' };
      expect(await statusOf(hashOf('never'))).toMatchObject({
        status: 503,
        retryAfter: expect.any(String),
        body: { code: 'UNAVAILABLE', away: [services[shelf]] },
      });
    },
  );

  it('is not waited for at a service that is not there at all', async () => {
    const startedMs = performance.now();
    expect(await statusOf(hashOf('never'), apart)).toMatchObject({
      status: 503,
      body: { code: 'UNAVAILABLE', away: ['forecast-ingest'] },
    });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('does not keep what another service knows from being told', async () => {
    shelves.away.add(shelves.losses);
    const hash = put('inferences', 'i4', SubmissionState.ACCEPTED);
    expect((await statusOf(hash, apart)).body).toMatchObject({ state: 'accepted', author: 'i4' });
  });

  it('is counted', async () => {
    const text = await (await fetch(`${app.httpUrl}/metrics`)).text();
    for (const result of ['found', 'unknown', 'away'])
      expect(text).toMatch(
        new RegExp(`allora_gateway_submission_lookups_total\\{result="${result}"\\} [1-9]`),
      );
  });
});

describe('the network', () => {
  it('tells its chain, the key that its receipts are signed with, and its fees', async () => {
    const networkPublicKey = '02989c0b76cb563971fdc9bef31ec06c3560f3249d6ee9e5d83c57625596e05f6f';
    expect(await read('/v1/network')).toMatchObject({
      status: 200,
      body: { chainId: CHAIN, networkPublicKey, receiptsVerifiableWith: [networkPublicKey], fees },
    });
    expect(await read('/v1/network', apart)).toMatchObject({
      status: 200,
      body: { chainId: CHAIN, fees: null },
    });
  });
});
