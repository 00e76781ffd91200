import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import {
  InferenceRequest,
  InferenceStatement,
  type SignedMessage,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type Account, createAccount } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { NetworkKey } from '@allora/service-kit/network-key';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ALLO } from './fixtures';
import { RewardsApp, signed, topicNamed } from './rewards-app';

let rewardsApp: RewardsApp;
let network: NetworkKey;
const buyer = createAccount();

beforeAll(async () => {
  rewardsApp = await RewardsApp.start();
  network = rewardsApp.app.get(NetworkKey);
  await rewardsApp.give(buyer.address, 1_000n * ALLO);
});

afterAll(() => rewardsApp?.close());

interface Bought {
  readonly signed: SignedMessage;
  readonly requestId: string;
  readonly hash: Uint8Array;
}

function request(
  requestId: string,
  change: Partial<InferenceRequest> = {},
  account: Account = buyer,
): Bought {
  const value = InferenceRequest.fromPartial({
    ...{ account: account.address, requestId, topicId: 1, feeUallo: '300', maxWaitBlocks: 0 },
    purchase: { $case: 'latest', value: {} },
    ...change,
  });
  const message = signed(account, { $case: 'inferenceRequest', value });
  return { signed: message, requestId, hash: messageHash(message.payload) };
}

const statement = ({ requestId, hash }: Bought, part = 1): SignedMessage => {
  const fields = {
    topicId: 1,
    nonce: 20,
    value: '1.5',
    producedAtMs: 5,
    part,
    parts: 2,
    effectiveWorkers: '1',
  };
  const value = InferenceStatement.fromPartial({
    ...fields,
    requestHash: hash,
    requestId,
    account: buyer.address,
  });
  return network.signMessage({ $case: 'inferenceStatement', value });
};

const refund = ({ requestId, hash }: Bought, account: Account = buyer): SignedMessage => {
  const value = { account: account.address, requestId, requestHash: hash, reason: 'NOT_DELIVERED' };
  return network.signMessage({ $case: 'inferenceRefund', value });
};

const hold = ({ signed: message }: Bought) => rewardsApp.grpc.client.holdInferenceFee({ signed: message });
const settle = (message: SignedMessage) => rewardsApp.grpc.client.settleInferenceHold({ signed: message });
const balance = () => rewardsApp.balanceOf(buyer.address);
const held = () => rewardsApp.ledger.balance('inference-holds');

describe('fees of inference requests', () => {
  it('are taken once, however often and at once it is asked', async () => {
    const before = await balance();
    const bought = request('once');
    const answers = await Promise.all(Array.from({ length: 5 }, () => hold(bought)));
    const ledgerKey = `inference-hold:${buyer.address}:once`;
    expect(new Set(answers.map(({ ledgerKey: key, heldUallo }) => `${key} ${heldUallo}`))).toEqual(
      new Set([`${ledgerKey} 300`]),
    );
    expect([await balance(), await held()]).toEqual([before - 300n, 300n]);
    await expect(hold(request('once', { feeUallo: '301' }))).rejects.toMatchObject({
      code: 'CONFLICTING_REPEAT',
    });
    await rewardsApp.expectConserved();
  });

  it('become revenue of the topic when the network has signed an inference, once', async () => {
    const bought = request('delivered', { feeUallo: '400' });
    await hold(bought);
    const before = BigInt(String((await rewardsApp.get('/v1/topics/1/economy'))['feeRevenueUallo']));
    const [first, again] = await Promise.all([settle(statement(bought)), settle(statement(bought))]);
    expect(first).toMatchObject({
      movedUallo: '400',
      ledgerKey: `inference-fee:${buyer.address}:delivered:1`,
    });
    expect(again).toEqual(first);
    expect((await rewardsApp.get('/v1/topics/1/economy'))['feeRevenueUallo']).toBe(String(before + 400n));
    await rewardsApp.expectConserved();
  });

  it('go back where nothing comes, and nothing is held for the request any more', async () => {
    const before = await balance();
    const bought = request('subscribed', {
      feeUallo: '101',
      purchase: { $case: 'subscription', value: { epochs: 2 } },
    });
    await hold(bought);
    expect(await settle(statement(bought))).toMatchObject({ movedUallo: '50' });
    expect(await settle(refund(bought))).toMatchObject({ movedUallo: '51' });
    expect(await settle(refund(bought))).toMatchObject({ movedUallo: '51' });
    await expect(settle(statement(bought, 2))).rejects.toMatchObject({ code: 'NO_HOLD' });
    expect(await balance()).toBe(before - 50n);
    const late = request('late');
    expect(await settle(refund(late))).toMatchObject({ movedUallo: '0' });
    await expect(hold(late)).rejects.toMatchObject({ code: 'NO_HOLD' });
    expect(await balance()).toBe(before - 50n);
    await rewardsApp.expectConserved();
  });

  it('move on the word of the buyer and of the network, and of nobody else', async () => {
    const stranger = createAccount();
    const bought = request('proved');
    const stolen = signed(stranger, { $case: 'inferenceRequest', value: requestValue('proved') });
    await expect(hold({ ...bought, signed: stolen })).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    await hold(bought);
    const forged = signed(stranger, {
      $case: 'inferenceRefund',
      value: { account: buyer.address, requestId: 'proved', requestHash: bought.hash, reason: 'MINE' },
    });
    await expect(settle(forged)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    const byBuyer = signed(buyer, {
      $case: 'inferenceRefund',
      value: { account: buyer.address, requestId: 'proved', requestHash: bought.hash, reason: 'MINE' },
    });
    await expect(settle(byBuyer)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    await expect(settle(bought.signed)).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(hold({ ...bought, signed: refund(bought) })).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(settle(statement({ ...bought, hash: new Uint8Array(32) }))).rejects.toMatchObject({
      code: 'NO_HOLD',
    });
    await settle(refund(bought));
  });

  it('may be zero, unless the topic asks for more', async () => {
    expect(await hold(request('free', { feeUallo: '0' }))).toMatchObject({ heldUallo: '0' });
    const { params, ...topic } = topicNamed(1);
    const dear = Topic.fromPartial({ ...topic, params: { ...params!, minInferenceFeeUallo: '250' } });
    await rewardsApp.coordinator.append(busTopics.topics, [dear]);
    await vi.waitFor(async () =>
      expect(await rewardsApp.get('/v1/topics/1/price-guide')).toMatchObject({ minFeeUallo: '250' }),
    );
    await expect(hold(request('cheap', { feeUallo: '249' }))).rejects.toMatchObject({
      code: 'FEE_BELOW_MINIMUM',
      facts: { minFeeUallo: '250', feeUallo: '249' },
    });
    expect(await hold(request('fair', { feeUallo: '250' }))).toMatchObject({ heldUallo: '250' });
    // The first request was taken under the rules of its time.
    expect(await hold(request('free', { feeUallo: '0' }))).toMatchObject({ heldUallo: '0' });
  });

  it.each([
    ['no purchase', { purchase: undefined }],
    ['a subscription of no epoch', { purchase: { $case: 'subscription', value: { epochs: 0 } } }],
    ['an amount with a point', { feeUallo: '1.5' }],
    ['a negative amount', { feeUallo: '-1' }],
    ['an empty amount', { feeUallo: '' }],
    ['a request id with a colon', { requestId: 'a:b' }],
  ] as const)('%s is malformed', async (_, change) => {
    await expect(hold(request('bad', change as Partial<InferenceRequest>))).rejects.toMatchObject({
      code: 'MALFORMED',
    });
  });
});

const requestValue = (requestId: string): InferenceRequest => ({
  ...{ account: buyer.address, requestId, topicId: 1, feeUallo: '300', maxWaitBlocks: 0 },
  purchase: { $case: 'latest', value: {} },
});

describe('GET /v1/topics/:id/price-guide', () => {
  it('tells what a payment then really brings', async () => {
    const reputer = createAccount();
    await rewardsApp.give(reputer.address, 100n * ALLO);
    await rewardsApp.stake(2, reputer, 50n * ALLO, 'price');
    const fee = 3n * ALLO;
    const guide = await rewardsApp.get(`/v1/topics/2/price-guide?feeUallo=${fee}`);
    const [priced] = guide['fees'] as Record<string, unknown>[];
    expect(priced).toMatchObject({ feeUallo: String(fee), active: true });
    const paid = { $case: 'payInference', value: { topicId: 2, amountUallo: String(fee) } } as const;
    expect((await rewardsApp.command(buyer, paid)).status).toBe(201);
    const { now } = await rewardsApp.get('/v1/topics/2/price-guide');
    expect(now).toMatchObject({ feeUallo: '0', weight: priced!['weight'], share: priced!['share'] });
    expect(guide['activatingFeeUallo']).toBe('0');
    expect(((await rewardsApp.get('/v1/topics/2/price-guide'))['fees'] as unknown[]).length).toBe(5);
  });

  it('refuses what is no amount, and topics that are none', async () => {
    for (const text of ['-1', '1.5', 'x', '', '1'.repeat(40)])
      expect((await rewardsApp.request('GET', `/v1/topics/1/price-guide?feeUallo=${text}`)).status).toBe(400);
    expect(await rewardsApp.request('GET', '/v1/topics/99/price-guide')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_TOPIC' },
    });
  });
});
