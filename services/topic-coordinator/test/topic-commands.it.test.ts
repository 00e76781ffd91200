import { TopicCommandsService } from '@allora/contracts/gen/allora/commands/v1/commands';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { Role, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, createAccount } from '@allora/identity/account';
import type { RunningApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainId, post, startCoordinator, topicBody, topicParams } from './coordinator-harness';

const creator = createAccount();

function signedBy(author: Account, body: SignedPayload['body'], chain = chainId) {
  const payload = SignedPayload.encode({ chainId: chain, body }).finish();
  return { payload, publicKey: author.publicKey, signature: author.sign(payload) };
}

describe('signed commands on topics over gRPC', () => {
  let database: TestDatabase;
  let app: RunningApp;
  const channel = openGrpcChannel(TopicCommandsService, () => app.grpcAddress);
  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startCoordinator(database.url);
  });
  afterAll(async () => {
    channel.close();
    await app.close();
    await database.drop();
  });

  const value = {
    creator: creator.address,
    metadata: 'BTC in 5 minutes',
    lossMethod: 'mse',
    params: TopicParams.fromPartial(topicParams),
    requestId: 'a',
  };
  const creation = (chain?: string) => signedBy(creator, { $case: 'topicCreation', value }, chain);

  it('make a topic once, whichever way they come', async () => {
    const first = await channel.client.createTopic({ signed: creation() });
    expect(first).toMatchObject({ created: true, topic: { id: 1, creator: creator.address } });
    expect(await channel.client.createTopic({ signed: creation() })).toEqual({ ...first, created: false });
    expect(await post(app, '/v1/topics', topicBody(creator, 'a'))).toMatchObject({
      status: 200,
      body: { id: 1 },
    });
  });

  it('register once', async () => {
    const worker = createAccount();
    const registration = { topicId: 1, address: worker.address, role: Role.WORKER, shadow: false };
    const value = { ...registration, requestId: '' };
    const signed = signedBy(worker, { $case: 'registration', value });
    const first = await channel.client.register({ signed });
    expect(first).toMatchObject({ created: true, registration });
    expect(await channel.client.register({ signed })).toEqual({ ...first, created: false });
  });

  it('change settings', async () => {
    const change = {
      creator: creator.address,
      requestId: 'b',
      topicId: 1,
      metadata: 'ETH',
      params: undefined,
    };
    const body = { $case: 'topicChange', value: { ...change, lossMethod: undefined } } as const;
    const { topic } = await channel.client.changeTopic({ signed: signedBy(creator, body) });
    expect(topic).toMatchObject({ id: 1, metadata: 'ETH', lossMethod: 'mse' });
  });

  it('are refused without the form or the proof that they need', async () => {
    const refused = (code: string) => expect.objectContaining({ code });
    const { createTopic, register } = channel.client;
    await expect(createTopic({ signed: undefined })).rejects.toEqual(refused('MALFORMED'));
    await expect(register({ signed: creation() })).rejects.toEqual(refused('MALFORMED'));
    const padded = { ...creation(), payload: Buffer.concat([creation().payload, Uint8Array.of(0xf8, 1, 1)]) };
    await expect(createTopic({ signed: padded })).rejects.toEqual(refused('MALFORMED'));
    await expect(createTopic({ signed: creation('other') })).rejects.toEqual(refused('BAD_SIGNATURE'));
    const others = { ...creation(), publicKey: createAccount().publicKey };
    await expect(createTopic({ signed: others })).rejects.toEqual(refused('BAD_SIGNATURE'));
  });
});
