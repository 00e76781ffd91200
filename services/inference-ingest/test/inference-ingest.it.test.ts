import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import {
  InferenceIngestService,
  type InferenceSet,
  SubmissionState,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochPhase, Role, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { noSalt, signBody, signedJson } from '@allora/submission-log/testing';
import { receiptJson } from '@allora/submission-log/receipt-json';
import type { SignedReceipt } from '@allora/submission-log/receipt-signer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inferenceIngestConfig } from '../src/config';
import { InferenceIngestModule } from '../src/inference-ingest.module';

const chainId = 'allora-test-1';
const params = TopicParams.fromPartial({ epochLengthBlocks: 10, workerWindowBlocks: 5 });

describe('inference-ingest', () => {
  let database: TestDatabase;
  let app: RunningApp;
  const sets: InferenceSet[] = [];
  const worker = createAccount();
  const submission = { topicId: 1, nonce: 10, inferer: worker.address, value: '1.5', salt: noSalt };
  const json = (change: object = {}) =>
    signedJson(worker, chainId, { $case: 'inference', value: { ...submission, ...change } });

  beforeAll(async () => {
    database = await createTestDatabase();
    const config = inferenceIngestConfig.parse({
      ...{ databaseUrl: database.url, chainId, logLevel: 'fatal', logFormat: 'json' },
      ...{ httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1' },
      // Nobody is there to be asked: all that the service knows it has from events.
      coordinatorGrpcAddress: '127.0.0.1:1',
    });
    app = await startApp({
      name: 'inference-ingest',
      config,
      modules: [InferenceIngestModule.register(config)],
    });
    const synthesis = app.peer('synthesis');
    synthesis.on(busTopics.inferenceSets, async (set) => void sets.push(set));
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

  async function post(body: unknown, topicId = '1', suffix = '') {
    const response = await fetch(`${app.httpUrl}/v1/topics/${topicId}/inferences${suffix}`, {
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
    const channel = openGrpcChannel(InferenceIngestService, () => app.grpcAddress);
    const signed = signBody(worker, chainId, { $case: 'inference', value: submission });
    const { receipt } = await channel.client.submit({ signed });
    expect(receiptJson(receipt as SignedReceipt)).toEqual(body);
    const second = signBody(createAccount(), chainId, { $case: 'inference', value: submission });
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

  it('takes numbers below zero only where the topic does', async () => {
    const refused = await post(json({ value: '-1' }));
    expect(refused).toMatchObject({ status: 422, body: { code: 'VALUE_NOT_ALLOWED', field: 'value' } });
  });

  it('answers each member of a bulk request on its own, in order', async () => {
    const single = await post(json());
    const items = [json(), { ...json(), nonce: 'ten' }, json({ value: '-1' }), null, json()];
    const { status, body } = await post({ items }, '1', '/bulk');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      results: [
        { status: 202, receipt: single.body },
        { status: 400, problem: { code: 'MALFORMED', errors: [{ path: 'nonce' }] } },
        { status: 422, problem: { code: 'VALUE_NOT_ALLOWED', field: 'value' } },
        { status: 400, problem: { code: 'MALFORMED' } },
        { status: 202, receipt: single.body },
      ],
    });
  });

  it('takes a thousand at once, also over the limit of a single body, and not one more', async () => {
    const padded = { ...json(), note: 'x'.repeat(2_000) };
    const { status, body } = await post({ items: Array<unknown>(1_000).fill(padded) }, '1', '/bulk');
    expect(status).toBe(200);
    expect(body['results']).toHaveLength(1_000);
    for (const items of [[], Array<unknown>(1_001).fill(json())])
      expect(await post({ items }, '1', '/bulk')).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
    expect(await post({ ...json(), note: 'x'.repeat(2_000_000) })).toMatchObject({ status: 413 });
  });

  async function stateOf(hash: string) {
    const channel = openGrpcChannel(InferenceIngestService, () => app.grpcAddress);
    return channel.client.getSubmission({ hash }).finally(() => channel.close());
  }

  it('tells the set of every epoch, also of one nobody submitted to', async () => {
    const receipt = (await post(json())).body;
    const hash = String(receipt['hash']);
    const accepted = await stateOf(hash);
    expect(accepted.state).toBe(SubmissionState.ACCEPTED);
    expect(receiptJson(accepted.receipt as SignedReceipt)).toEqual(receipt);
    const closed = [10, 20].map((nonce) => turn(nonce, EpochPhase.WORKER_WINDOW_CLOSED));
    await app.peer('topic-coordinator').append(busTopics.epochs, closed);
    await vi.waitFor(() => expect(sets).toHaveLength(2), { timeout: 20_000 });
    const header = { topicId: 1, shadowInferences: [], settledNonce: undefined, params, part: 0, parts: 1 };
    expect(sets).toEqual([
      { ...header, nonce: 10, inferences: [submission] },
      { ...header, nonce: 20, inferences: [] },
    ]);
    expect(await stateOf(hash)).toMatchObject({ state: SubmissionState.IN_SET, receipt: { hash } });
    expect((await stateOf('00'.repeat(32))).receipt).toBeUndefined();
    await expect(stateOf('xyz')).rejects.toMatchObject({ code: 'MALFORMED' });
    expect(await post(json({ nonce: 20 }))).toMatchObject({ status: 409, body: { code: 'WINDOW_CLOSED' } });
  });
});
