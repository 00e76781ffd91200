import 'reflect-metadata';
import { createAccount } from '@allora/identity/account';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLO } from './fixtures';
import { RewardsApp, stakeBody } from './rewards-app';

const anna = createAccount();
const bert = createAccount();
/** Everything but the ecosystem's share. */
const genesisUallo = 640_500_000n * ALLO;
let rewardsApp: RewardsApp;

beforeAll(async () => {
  rewardsApp = await RewardsApp.start();
});

afterAll(() => rewardsApp?.close());

describe('accounts', () => {
  it('gives once for a request id', async () => {
    const first = await rewardsApp.give(anna.address, 1_000n * ALLO);
    expect(first).toMatchObject({
      status: 201,
      body: { address: anna.address, balanceUallo: '1000000000000000000000' },
    });
    expect(await rewardsApp.give(anna.address, 1_000n * ALLO)).toMatchObject({
      status: 201,
      body: first.body,
    });
    expect(await rewardsApp.give(anna.address, 5n)).toMatchObject({
      status: 409,
      body: { code: 'CONFLICTING_REPEAT' },
    });
    await rewardsApp.give(bert.address, 1_000n * ALLO);
  });

  it('deposits stake, and answers a repeat as the first time', async () => {
    for (const [amountUallo, requestId, stakeUallo] of [
      [10n, 'a', '10'],
      [5n, 'b', '15'],
      [10n, 'a', '10'],
    ] as const) {
      const { status, body } = await rewardsApp.stake(1, anna, amountUallo, requestId);
      expect({ status, body }).toEqual({ status: 201, body: { stakeUallo } });
    }
    expect(await rewardsApp.stake(1, anna, 11n, 'a')).toMatchObject({
      status: 409,
      body: { code: 'CONFLICTING_REPEAT' },
    });
    const { body } = await rewardsApp.request('GET', `/v1/accounts/${anna.address}`);
    expect(body).toEqual({
      address: anna.address,
      balanceUallo: (1_000n * ALLO - 15n).toString(),
      stakes: [{ topicId: 1, stakeUallo: '15', ownUallo: '15', delegatedUallo: '0' }],
      delegations: [],
      removals: [],
      validator: null,
      owedFees: [],
    });
  });

  it('asks the owner of topics before it refuses one', async () => {
    expect(await rewardsApp.stake(77, anna, 1n, 'a')).toMatchObject({ status: 201 });
    expect(await rewardsApp.stake(78, anna, 1n, 'a')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_TOPIC', topicId: 78 },
    });
  });

  it('answers by gRPC what it answers by HTTP', async () => {
    const { payload, publicKey, signature } = stakeBody(1, anna, 2n, 'grpc');
    const signed = { payload, publicKey, signature };
    expect(await rewardsApp.grpc.client.depositStake({ signed })).toEqual({ stakeUallo: '17' });
    expect(await rewardsApp.grpc.client.getStake({ topicId: 1, reputer: anna.address })).toEqual({
      stakeUallo: '17',
      delegatedUallo: '0',
    });
    expect(await rewardsApp.grpc.client.getAccount({ account: anna.address })).toEqual({
      account: `participant:${anna.address}`,
      balanceUallo: (1_000n * ALLO - 18n).toString(),
    });
    expect(await rewardsApp.grpc.client.getAccount({ account: 'mint' })).toMatchObject({
      balanceUallo: (-genesisUallo).toString(),
    });
    expect(await rewardsApp.grpc.client.getFees({})).toEqual({
      topicCreationUallo: '75000',
      registrationUallo: '200',
      submissionUallo: '10',
    });
    const supply = await rewardsApp.grpc.client.getSupply({});
    expect(supply).toEqual({ mintedUallo: genesisUallo.toString(), heldUallo: genesisUallo.toString() });
    expect(await rewardsApp.get('/v1/supply')).toMatchObject(supply);
    await expect(rewardsApp.grpc.client.depositStake({ signed: undefined })).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    await expect(
      rewardsApp.grpc.client.depositStake({ signed: { ...signed, publicKey: bert.publicKey } }),
    ).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
  });

  it('knows nothing bad of an address it never saw', async () => {
    const { address } = createAccount();
    expect(await rewardsApp.get(`/v1/accounts/${address}`)).toEqual({
      address,
      balanceUallo: '0',
      stakes: [],
      delegations: [],
      removals: [],
      validator: null,
      owedFees: [],
    });
    expect(await rewardsApp.get(`/v1/accounts/${address}/postings`)).toEqual({
      address,
      postings: [],
      before: null,
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
    const before = await rewardsApp.ledger.supply();
    expect(await rewardsApp.request(method, path, body)).toMatchObject({ status, body: { status, code } });
    expect(await rewardsApp.ledger.supply()).toEqual(before);
    await rewardsApp.expectConserved();
  });
});

describe('a network without a faucet', () => {
  it('gives nothing', async () => {
    const closed = await RewardsApp.start({ settings: {} });
    try {
      expect(await closed.give(anna.address, 1n)).toMatchObject({
        status: 403,
        body: { code: 'FAUCET_CLOSED' },
      });
    } finally {
      await closed.close();
    }
  });
});
