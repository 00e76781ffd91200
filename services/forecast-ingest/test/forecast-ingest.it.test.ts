import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { ForecastIngestService, type ForecastSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochPhase, Role, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { noSalt, signBody, signedJson } from '@allora/submission-log/testing';
import { receiptJson } from '@allora/submission-log/receipt-json';
import type { SignedReceipt } from '@allora/submission-log/receipt-signer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { forecastIngestConfig } from '../src/config';
import { ForecastIngestModule } from '../src/forecast-ingest.module';

const chainId = 'allora-test-1';
const params = TopicParams.fromPartial({ epochLengthBlocks: 10, workerWindowBlocks: 5 });

describe('forecast-ingest', () => {
  let database: TestDatabase;
  let app: RunningApp;
  const sets: ForecastSet[] = [];
  const worker = createAccount();
  const submission = {
    topicId: 1,
    nonce: 10,
    forecaster: worker.address,
    elements: [{ inferer: worker.address, value: '-0.5' }],
    salt: noSalt,
  };
  const json = (change: object = {}) =>
    signedJson(worker, chainId, { $case: 'forecast', value: { ...submission, ...change } });

  beforeAll(async () => {
    database = await createTestDatabase();
    const config = forecastIngestConfig.parse({
      ...{ databaseUrl: database.url, chainId, logLevel: 'fatal', logFormat: 'json' },
      ...{ httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1' },
      // Nobody is there to be asked: all that the service knows it has from events.
      coordinatorGrpcAddress: '127.0.0.1:1',
      maxElements: 3,
    });
    app = await startApp({
      name: 'forecast-ingest',
      config,
      modules: [ForecastIngestModule.register(config)],
    });
    const synthesis = app.peer('synthesis');
    synthesis.on(busTopics.forecastSets, async (set) => void sets.push(set));
    await synthesis.start();
    await tellTopic();
  });
  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  const turn = (nonce: number, phase: EpochPhase) => ({
    ...{ topicId: 1, nonce, phase, height: nonce, closesHeight: nonce + 5 },
    ...{ settledNonce: undefined, params, atMs: 0, shadows: [] },
  });

  async function tellTopic(): Promise<void> {
    const coordinator = app.peer('topic-coordinator');
    const topic = { creator: 'c', metadata: '', lossMethod: 'mse', active: true, createdHeight: 0 };
    await coordinator.append(busTopics.topics, [{ id: 1, params, ...topic }]);
    const registration = { topicId: 1, address: worker.address, role: Role.WORKER, height: 0, shadow: false };
    await coordinator.append(busTopics.registrations, [registration]);
    const opened = [10, 20].map((nonce) => turn(nonce, EpochPhase.WORKER_WINDOW_OPENED));
    await coordinator.append(busTopics.epochs, opened);
    // A repeat is safe: the first that is taken shows that all events have arrived.
    await vi.waitFor(async () => expect((await post(json())).status).toBe(202), { timeout: 20_000 });
  }

  async function post(body: unknown, topicId = '1') {
    const response = await fetch(`${app.httpUrl}/v1/topics/${topicId}/forecasts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, headers, body: (await response.json()) as Record<string, unknown> };
  }

  it('answers HTTP and gRPC with the same receipt', async () => {
    const { status, body } = await post(json());
    expect(status).toBe(202);
    expect(body).toMatchObject({ topicId: 1, nonce: 10, author: worker.address });
    const channel = openGrpcChannel(ForecastIngestService, () => app.grpcAddress);
    const signed = signBody(worker, chainId, { $case: 'forecast', value: submission });
    const { receipt } = await channel.client.submit({ signed });
    expect(receiptJson(receipt as SignedReceipt)).toEqual(body);
    const second = signBody(createAccount(), chainId, { $case: 'forecast', value: submission });
    await expect(channel.client.submit({ signed: second })).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    channel.close();
  });

  it('tells what is wrong as problem+json', async () => {
    const problem = await post({ ...json(), nonce: 'ten' });
    expect(problem).toMatchObject({ status: 400, body: { code: 'MALFORMED', errors: [{ path: 'nonce' }] } });
    expect(problem.headers['content-type']).toContain('application/problem+json');
    expect(await post(json(), 'first')).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
    const unreachable = await post(json({ nonce: 30 }));
    expect(unreachable).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(unreachable.headers['retry-after']).toBe('1');
  });

  it.each([
    ['no element', 0, 400, 'MALFORMED'],
    ['an element named twice', 2, 422, 'DUPLICATE_ELEMENT'],
    ['too many elements', 4, 422, 'TOO_MANY_ELEMENTS'],
  ])('refuses %s', async (_, count, status, code) => {
    const ids = count === 2 ? [worker, worker] : Array.from({ length: count }, () => createAccount());
    const elements = ids.map(({ address }) => ({ inferer: address, value: '-1' }));
    expect(await post(json({ elements }))).toMatchObject({ status, body: { code } });
  });

  it('tells the set of every epoch, also of one nobody submitted to', async () => {
    const closed = [10, 20].map((nonce) => turn(nonce, EpochPhase.WORKER_WINDOW_CLOSED));
    await app.peer('topic-coordinator').append(busTopics.epochs, closed);
    await vi.waitFor(() => expect(sets).toHaveLength(2), { timeout: 20_000 });
    const header = { topicId: 1, shadowForecasts: [], settledNonce: undefined, params, part: 0, parts: 1 };
    expect(sets).toEqual([
      { ...header, nonce: 10, forecasts: [submission] },
      { ...header, nonce: 20, forecasts: [] },
    ]);
    expect(await post(json({ nonce: 20 }))).toMatchObject({ status: 409, body: { code: 'WINDOW_CLOSED' } });
  });
});
