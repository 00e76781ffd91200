import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { PurchasesService } from '@allora/contracts/gen/allora/gateway/v1/purchases';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { BlocksTold, Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, createAccount } from '@allora/identity/account';
import { gatewayConfig } from '@allora/gateway/config';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { rewardsConfig } from '@allora/rewards/config';
import { LedgerStore } from '@allora/rewards/ledger.store';
import { RewardsModule } from '@allora/rewards/rewards.module';
import { createClient } from '@allora/sdk/client';
import { verifyInferenceStatement } from '@allora/sdk/inference-statement';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { neighbour } from '@allora/service-kit/testing';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chainId, jsonOf, topicParams } from './known-faults-network';

const networkKey = '2a'.repeat(32);
const ALLO = 10n ** 18n;
const patience = { timeout: 20_000, interval: 20 };
const evmKey = '4c'.repeat(32);
let database: TestDatabase;
/** Gateway and rewards in one; and a second gateway. */
let one: RunningApp;
let two: RunningApp;
let nonce = 20;
let height = 0;

const topics = [1, 2, 3].map((id) =>
  Topic.fromPartial({
    ...{ id, creator: 'allo1creator', lossMethod: 'mse', active: true },
    params: { ...topicParams, minInferenceFeeUallo: id === 2 ? '500' : undefined },
  }),
);

const common = () => ({
  ...{ databaseUrl: database.url, databasePoolSize: 12, chainId, networkKey, httpPort: 0, grpcPort: 0 },
  ...{ httpHost: '127.0.0.1', grpcHost: '127.0.0.1', logLevel: 'silent', coordinatorGrpcAddress: 'self' },
  ...{ purchaseLookMs: 100, purchaseCheckMs: 50 },
  ...{ evmChains: [`11155111=0x${'0'.repeat(38)}aa`], evmSigningKey: evmKey },
});

const coordinator = () =>
  neighbour(TopicCoordinatorService, {
    getTopic: async ({ topicId }) => ({ topic: topics.find(({ id }) => id === topicId) }),
  });

/** Another replica: it reads no log of its own, as partitions are with the first. */
async function gatewayBeside(rewardsGrpcAddress: string, settings = {}): Promise<RunningApp> {
  const config = gatewayConfig.parse({ ...common(), rewardsGrpcAddress, ...settings });
  const transport = {
    ...{ ensureTopics: () => Promise.resolve(), close: () => Promise.resolve() },
    append: one.transport.append.bind(one.transport),
    peek: one.transport.peek.bind(one.transport),
    consume: () => Promise.resolve({ stop: () => Promise.resolve(), lag: () => Promise.resolve({}) }),
  };
  return startApp({
    name: 'gateway',
    config,
    modules: [GatewayModule.register(config), coordinator()],
    transport,
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  const gateway = gatewayConfig.parse({ ...common(), rewardsGrpcAddress: 'self' });
  const rewards = rewardsConfig.parse({ ...common(), faucet: 'open' });
  one = await startApp({
    ...{ name: 'standalone', config: gateway },
    modules: [GatewayModule.register(gateway), RewardsModule.register(rewards), coordinator()],
  });
  two = await gatewayBeside(one.grpcAddress);
  await one.peer('topic-coordinator').append(busTopics.topics, topics);
  await tell(1, 20);
  await tell(2, 20);
});

afterAll(async () => {
  await two?.close();
  await one?.close();
  await database?.drop();
});

/** An inference of a topic, seen by the gateways. */
async function tell(topicId: number, at: number, mode = InferenceMode.WEIGHTED): Promise<void> {
  const inference = NetworkInference.fromPartial({
    ...{ topicId, nonce: at, mode, combined: 101.5, confidenceValues: [98, 99, 100, 101, 102.25] },
    inferers: [
      { inferer: 'i0', value: '101', weight: 1 },
      { inferer: 'i1', value: '102', weight: 1 },
    ],
  });
  await one.peer('synthesis').append(busTopics.networkInferences, [inference]);
  await vi.waitFor(
    async () => expect((await fetch(`${one.httpUrl}/v1/topics/${topicId}/epochs/${at}`)).status).toBe(200),
    patience,
  );
}

async function blocks(toHeight: number): Promise<void> {
  const told = BlocksTold.fromPartial({ fromHeightExclusive: height, toHeight, atMs: 1 });
  height = toHeight;
  await one.peer('topic-coordinator').append(busTopics.blocks, [told]);
}

const post = async (app: RunningApp, path: string, body: unknown) => {
  const response = await fetch(`${app.httpUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const location = response.headers.get('location');
  return { status: response.status, location, body: (await response.json()) as Answer };
};
const get = async (path: string, app = two) =>
  (await (await fetch(`${app.httpUrl}${path}`)).json()) as Answer & {
    requests: Answer[];
    nextCursor: string;
  };

interface Answer {
  readonly id: string;
  readonly state: string;
  readonly code: string;
  readonly receipt: Readonly<Record<string, string>>;
  readonly inferences: readonly (Record<string, unknown> & {
    readonly statement: { readonly nonce: number };
  })[];
  readonly reason: { readonly code: string } | null;
}

type Kind = 'latest' | 'next-epoch' | { readonly epochs: number };
interface Wanted {
  readonly requestId: string;
  readonly topicId?: number;
  readonly feeUallo?: string;
  readonly kind?: Kind;
  readonly maxWaitBlocks?: number;
}

function bodyOf(
  account: Account,
  { requestId, topicId = 1, feeUallo = '1000', kind = 'latest', ...rest }: Wanted,
) {
  const { maxWaitBlocks = 0 } = rest;
  const purchase =
    typeof kind === 'object'
      ? ({ $case: 'subscription', value: kind } as const)
      : ({ $case: kind === 'latest' ? 'latest' : 'nextEpoch', value: {} } as const);
  const value = { account: account.address, requestId, topicId, feeUallo, purchase, maxWaitBlocks };
  const signed = jsonOf(account, { $case: 'inferenceRequest', value });
  const named = typeof kind === 'object' ? { kind: 'subscription', ...kind } : { kind };
  return { ...signed, topicId, purchase: named };
}

const buy = (account: Account, wanted: Wanted, app = two) =>
  post(app, '/v1/inference-requests', bodyOf(account, wanted));

async function buyer(amountUallo: bigint = ALLO): Promise<Account> {
  const account = createAccount();
  const gift = { address: account.address, amountUallo: String(amountUallo), requestId: 'gift' };
  expect((await post(one, '/v1/faucet', gift)).status).toBe(201);
  return account;
}

const balanceOf = ({ address }: Account) => one.get(LedgerStore).balance(`participant:${address}`);
const held = () => one.get(LedgerStore).balance('inference-holds');

async function expectConserved(): Promise<void> {
  expect(await one.get(LedgerStore).conservation()).toMatchObject({ errorUallo: 0n, misstatedSums: 0 });
  expect(await one.get(LedgerStore).misstatedAccounts()).toEqual([]);
}

describe('buying the latest inference', () => {
  it('answers at once with the signed inference and the receipt, and charges once', async () => {
    const anna = await buyer();
    const { status, body } = await buy(anna, { requestId: 'now' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: 'fulfilled',
      reason: null,
      receipt: {
        ...{
          feeUallo: '1000',
          chargedUallo: '1000',
          refundedUallo: '0',
          heldUallo: '0',
          refundLedgerKey: '',
        },
        holdLedgerKey: `inference-hold:${anna.address}:now`,
      },
      inferences: [
        {
          chargedUallo: '1000',
          ledgerKey: `inference-fee:${anna.address}:now:1`,
          statement: { value: '101.5' },
        },
      ],
    });
    expect(await balanceOf(anna)).toBe(ALLO - 1000n);
    expect((await buy(anna, { requestId: 'now' }, one)).body).toEqual(body);
    expect(await balanceOf(anna)).toBe(ALLO - 1000n);
    expect(await buy(anna, { requestId: 'now', feeUallo: '1001' })).toMatchObject({
      status: 409,
      body: { code: 'CONFLICTING_REPEAT' },
    });
    await expectConserved();
  });

  it('gives a statement that anyone can check by the key of the network, and one for contracts', async () => {
    const anna = await buyer();
    const { body } = await buy(anna, { requestId: 'proof' });
    const [inference] = body.inferences;
    const network = await (await fetch(`${one.httpUrl}/v1/network`)).json();
    expect(verifyInferenceStatement(inference as never, network as never)).toMatchObject({
      ...{ topicId: 1, nonce: 20, value: '101.5', effectiveWorkers: '2', requestHash: body.id, part: 1 },
      intervalPercentiles: ['2.28', '15.87', '50', '84.13', '97.72'],
      intervalValues: ['98', '99', '100', '101', '102.25'],
    });
    const { chainId } = network as { chainId: string };
    const other = { chainId, networkPublicKey: Buffer.from(anna.publicKey).toString('hex') };
    expect(verifyInferenceStatement(inference as never, other as never)).toBeUndefined();
    expect(inference!['evm']).toMatchObject([
      { format: 'ethereum-11155111', networkInference: '101500000000000000000' },
    ]);
  });

  it('may be free, unless the topic asks for a fee', async () => {
    const poor = createAccount();
    expect(await buy(poor, { requestId: 'free', feeUallo: '0' })).toMatchObject({
      status: 200,
      body: { state: 'fulfilled', receipt: { chargedUallo: '0', holdLedgerKey: '' } },
    });
    expect(await buy(poor, { requestId: 'cheap', topicId: 2, feeUallo: '499' })).toMatchObject({
      status: 422,
      body: { code: 'FEE_BELOW_MINIMUM', minFeeUallo: '500' },
    });
  });

  it('is refused for good where the buyer cannot pay: the same again is answered the same', async () => {
    const poor = await buyer(10n);
    const refused = { status: 409, body: { code: 'INSUFFICIENT_BALANCE' } };
    expect(await buy(poor, { requestId: 'dear' })).toMatchObject(refused);
    await post(one, '/v1/faucet', { address: poor.address, amountUallo: String(ALLO), requestId: 'more' });
    expect(await buy(poor, { requestId: 'dear' }, one)).toMatchObject(refused);
    expect(await balanceOf(poor)).toBe(ALLO + 10n);
    expect(await buy(poor, { requestId: 'dear-2' })).toMatchObject({ status: 200 });
  });

  it.each([
    ['an unknown topic', { topicId: 9 }, 404, 'UNKNOWN_TOPIC'],
    ['a topic without an inference', { topicId: 3 }, 404, 'NO_INFERENCE_YET'],
    ['a negative fee', { feeUallo: '-1' }, 400, 'MALFORMED'],
    ['too long a subscription', { kind: { epochs: 1_001 } }, 400, 'MALFORMED'],
    ['a bad request id', { requestId: 'a b' }, 400, 'MALFORMED'],
  ] as const)('is refused for %s, and nothing is written', async (_, change, status, code) => {
    const anna = createAccount();
    const wanted = { requestId: 'wrong', ...change } as Wanted;
    expect(await buy(anna, wanted)).toMatchObject({ status, body: { code } });
    expect((await get(`/v1/inference-requests?account=${anna.address}`)).requests).toEqual([]);
  });

  it('is refused with the signature of another, and of another fee', async () => {
    const [anna, bert] = [await buyer(), await buyer()];
    const forged = { ...bodyOf(bert, { requestId: 'x' }), account: anna.address };
    const changed = { ...bodyOf(anna, { requestId: 'x' }), feeUallo: '1' };
    for (const body of [forged, changed])
      expect(await post(two, '/v1/inference-requests', body)).toMatchObject({
        body: { code: 'BAD_SIGNATURE' },
      });
  });
});

describe('buying what is to come', () => {
  it('holds the fee until the next inference that anybody made, and delivers that one', async () => {
    const anna = await buyer();
    const { status, body, location } = await buy(anna, { requestId: 'next', kind: 'next-epoch' });
    expect({ status, location }).toEqual({ status: 202, location: `/v1/inference-requests/${body.id}` });
    expect(body).toMatchObject({ state: 'held', receipt: { heldUallo: '1000' }, inferences: [] });
    expect([await balanceOf(anna), await held()]).toEqual([ALLO - 1000n, 1000n]);
    const waiting = get(`${location}?waitMs=15000`);
    await tell(1, (nonce += 2), InferenceMode.NONE);
    await tell(1, (nonce += 2));
    expect(await waiting).toMatchObject({
      state: 'fulfilled',
      inferences: [{ statement: { nonce }, chargedUallo: '1000' }],
    });
    await expectConserved();
  });

  it('delivers a subscription epoch by epoch, and gives back what did not come in time', async () => {
    const anna = await buyer();
    const wanted = { requestId: 'sub', kind: { epochs: 3 }, feeUallo: '100', maxWaitBlocks: 40 };
    const { body } = await buy(anna, wanted);
    for (const part of [1, 2]) {
      await tell(1, (nonce += 2));
      const asked = `/v1/inference-requests/${body.id}?waitMs=15000&afterPart=${part - 1}`;
      expect((await get(asked)).inferences).toMatchObject([
        { statement: { part, nonce }, chargedUallo: '33' },
      ]);
    }
    await blocks(height + 60);
    await vi.waitFor(
      async () =>
        expect(await get(`/v1/inference-requests/${body.id}`)).toMatchObject({
          state: 'refunded',
          reason: { code: 'NOT_DELIVERED' },
          receipt: {
            ...{ chargedUallo: '66', refundedUallo: '34', heldUallo: '0' },
            refundLedgerKey: `inference-refund:${anna.address}:sub`,
          },
        }),
      patience,
    );
    expect(await balanceOf(anna)).toBe(ALLO - 66n);
    expect((await buy(anna, wanted)).status).toBe(200);
    await expectConserved();
  });

  it('is gone on with by another replica when the first one is lost', async () => {
    const anna = await buyer();
    // It does not find the ledger, as if it had died before it could ask.
    const lost = await gatewayBeside('127.0.0.1:1', { purchaseLeaseMs: 1_000 });
    const answer = await post(lost, '/v1/inference-requests?waitMs=0', bodyOf(anna, { requestId: 'orphan' }));
    await lost.close();
    expect(['received', 'fulfilled']).toContain(answer.body.state);
    expect(await get(`/v1/inference-requests/${answer.body.id}?waitMs=20000`)).toMatchObject({
      state: 'fulfilled',
      receipt: { chargedUallo: '1000' },
    });
    expect(await balanceOf(anna)).toBe(ALLO - 1000n);
  });

  it('lists the purchases of an account, page by page', async () => {
    const anna = await buyer();
    const ids: string[] = [];
    for (const requestId of ['a', 'b', 'c']) ids.unshift((await buy(anna, { requestId })).body.id);
    const first = await get(`/v1/inference-requests?account=${anna.address}&limit=2`);
    const rest = await get(`/v1/inference-requests?account=${anna.address}&cursor=${first.nextCursor}`);
    expect([...first.requests, ...rest.requests].map(({ id }) => id)).toEqual(ids);
    expect(rest.nextCursor).toBeNull();
  });
});

describe('gRPC', () => {
  it('sells the same, and answers the same purchase', async () => {
    const anna = await buyer();
    const channel = openGrpcChannel(PurchasesService, () => two.grpcAddress);
    const value = {
      ...{ account: anna.address, requestId: 'grpc', topicId: 1, feeUallo: '7', maxWaitBlocks: 0 },
      purchase: { $case: 'latest', value: {} },
    } as const;
    const payload = SignedPayload.encode({ chainId, body: { $case: 'inferenceRequest', value } }).finish();
    const signed = { payload, publicKey: anna.publicKey, signature: anna.sign(payload) };
    const { purchase } = await channel.client.requestInference({ signed, waitMs: 10_000 });
    expect(purchase).toMatchObject({
      receipt: { chargedUallo: '7' },
      inferences: [{ statement: { part: 1 } }],
    });
    const again = await channel.client.getInferenceRequest({ id: purchase!.id, waitMs: 0, afterPart: 0 });
    expect(again.purchase).toEqual(purchase);
    expect((await get(`/v1/inference-requests/${purchase!.id}`)).receipt['chargedUallo']).toBe('7');
    const list = await channel.client.listInferenceRequests({ account: anna.address, limit: 0, cursor: '' });
    expect(list.purchases.map(({ id }) => id)).toEqual([purchase!.id]);
    await expect(
      channel.client.getInferenceRequest({ id: '00'.repeat(32), waitMs: 0, afterPart: 0 }),
    ).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
    channel.close();
  });
});

describe('the client library', () => {
  it('buys, waits and checks the signature', async () => {
    const anna = await buyer();
    const client = createClient({ baseUrl: two.httpUrl, chainId });
    const bought = await client.buyInference(anna, {
      topicId: 1,
      feeUallo: 3n,
      purchase: { kind: 'next-epoch' },
    });
    expect(bought.state).toBe('held');
    await tell(1, (nonce += 2));
    const ended = await client.awaitPurchase(bought.id);
    expect(ended).toMatchObject({ state: 'fulfilled', receipt: { chargedUallo: 3n } });
    const network = await client.network();
    expect(verifyInferenceStatement(ended.inferences[0]!, network)).toMatchObject({
      nonce,
      requestHash: bought.id,
    });
  });
});

describe('two hundred purchases, each sent up to five times at once to two gateways', () => {
  it('are two hundred fees', async () => {
    const buyers = await Promise.all(Array.from({ length: 20 }, () => buyer()));
    const before = await feesPosted();
    const bodies = Array.from({ length: 200 }, (_, i) => ({
      body: bodyOf(buyers[i % buyers.length]!, { requestId: `many-${i}` }),
      times: 1 + (i % 5),
    }));
    const sends = bodies.flatMap(({ body, times }, i) =>
      Array.from({ length: times }, (_, n) => ({ i, body, app: (i + n) % 2 === 0 ? one : two })),
    );
    const answers = new Map<number, Set<string>>();
    const next = sends.values();
    const worker = async () => {
      for (const { i, body, app } of next) {
        const { status, body: answer } = await post(app, '/v1/inference-requests?waitMs=30000', body);
        expect(status).toBe(200);
        answers.set(i, (answers.get(i) ?? new Set()).add(JSON.stringify(answer)));
      }
    };
    await Promise.all(Array.from({ length: 40 }, worker));
    expect([...answers.values()].map(({ size }) => size)).toEqual(bodies.map(() => 1));
    expect((await feesPosted()) - before).toBe(200);
    for (const account of buyers) expect(await balanceOf(account)).toBe(ALLO - 10n * 1_000n);
    expect(await held()).toBe(0n);
    await expectConserved();
  });
});

const feesPosted = (): Promise<number> =>
  one.database.prisma.ledgerTransfer.count({ where: { kind: 'inference-fee' } });
