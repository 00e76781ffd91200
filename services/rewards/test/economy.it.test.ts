import 'reflect-metadata';
import { busTopics } from '@allora/contracts/catalog';
import { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { createAccount } from '@allora/identity/account';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { testAccount } from '../src/genesis-file';
import { ALLO, params } from './fixtures';
import { type CommandBody, RewardsApp, topicNamed } from './rewards-app';

const anna = createAccount();
const bert = createAccount();
const poor = createAccount();
let rewardsApp: RewardsApp;

const fund = (topicId: number, amountUallo: bigint): CommandBody => ({
  $case: 'fundTopic',
  value: { topicId, amountUallo: amountUallo.toString() },
});
const economyOf = (topicId: number) => rewardsApp.get(`/v1/topics/${topicId}/economy`);
const amounts = async (path: string, ...names: string[]) => {
  const body = await rewardsApp.get(path);
  return names.map((name) => BigInt(body[name] as string));
};

describe('months of blocks', () => {
  beforeAll(async () => {
    rewardsApp = await RewardsApp.start({
      genesis: { blocksPerMonth: 100 },
      topics: [topicNamed(1, '75000')],
    });
    await rewardsApp.give(anna.address, 1_000_000n * ALLO);
  });
  afterAll(() => rewardsApp?.close());
  afterEach(() => rewardsApp.expectConserved());

  it('emit nothing while nothing is staked', async () => {
    await rewardsApp.blocks(150);
    expect(await rewardsApp.get('/v1/emission')).toEqual({
      height: 150,
      blocksPerMonth: 100,
      blockEmissionUallo: '0',
      ecosystemMintedUallo: '0',
      months: [],
    });
    expect(await rewardsApp.get('/v1/supply')).toMatchObject({
      height: 150,
      totalUallo: (640_500_000n * ALLO).toString(),
      lockedUallo: (485_500_000n * ALLO).toString(),
      circulatingUallo: (155_000_000n * ALLO).toString(),
      stakedUallo: '0',
      treasuryUallo: '0',
      emittedUallo: '0',
      conservationErrorUallo: '0',
    });
  });

  it('spend fees first, and mint only what they lack', async () => {
    await rewardsApp.stake(1, anna, 100_000n * ALLO, 'stake');
    await rewardsApp.blocks(151);
    const [perBlock] = await amounts('/v1/emission', 'blockEmissionUallo');
    expect(perBlock).toBeGreaterThan(0n);
    // Without a validator's stake their part stays where it is.
    expect(await rewardsApp.ledger.balance('rewards-pool')).toBe((perBlock! * 3n) / 4n);
    const [minted] = await amounts('/v1/supply', 'emittedUallo');
    await rewardsApp.command(anna, fund(1, 10_000n * ALLO));
    await rewardsApp.blocks(199);
    expect(await amounts('/v1/supply', 'emittedUallo')).toEqual([minted]);
    const [treasury] = await amounts('/v1/supply', 'treasuryUallo');
    expect(treasury).toBe(10_000n * ALLO - ((perBlock! * 3n) / 4n) * 48n);
  });

  it('follow one another: each sets its own emission, whatever the size of what is told', async () => {
    await rewardsApp.blocks(1_000);
    const { months } = (await rewardsApp.get('/v1/emission?months=3')) as unknown as {
      months: { height: number; month: number; rate: string }[];
    };
    expect(months.map(({ height, month }) => [height, month])).toEqual([
      [701, 7],
      [801, 8],
      [901, 9],
    ]);
    expect(Number(months[0]!.rate)).toBeGreaterThan(0);
  });

  it('release what has vested to those whom the genesis names', async () => {
    await rewardsApp.blocks(1_199);
    const team = () => rewardsApp.balanceOf(testAccount('team').address);
    expect(await team()).toBe(0n);
    await rewardsApp.blocks(1_300);
    const third = await team();
    expect(third).toBeGreaterThan((175_000_000n * ALLO * 12n) / 36n);
    await rewardsApp.blocks(3_700);
    expect(await team()).toBe(175_000_000n * ALLO);
    expect(await amounts('/v1/supply', 'lockedUallo')).toEqual([0n]);
  });

  it('are applied once, however often they are told', async () => {
    const before = await rewardsApp.ledger.conservation();
    const transfers = await rewardsApp.app.database.prisma.ledgerTransfer.count();
    rewardsApp.height = 3_600;
    await rewardsApp.blocks(3_700);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await rewardsApp.ledger.conservation()).toEqual(before);
    expect(await rewardsApp.app.database.prisma.ledgerTransfer.count()).toBe(transfers);
  });
});

describe('known fault, the cap of the treasury exceeded', () => {
  it("mints up to the ecosystem's share and not a base unit more", async () => {
    const share = 10n ** 14n;
    rewardsApp = await RewardsApp.start({
      genesis: {
        shares: {
          ecosystem: 0.0000000000001,
          foundation: 0.4594999999999,
          participants: 0.055,
          investors: 0.2605,
          preseed: 0.05,
          team: 0.175,
        },
      },
    });
    try {
      await rewardsApp.give(anna.address, 1_000_000n * ALLO);
      await rewardsApp.stake(1, anna, share, 'little');
      await rewardsApp.blocks(1);
      // The smoothed rate of little stake on a stake a million times as large: more than may ever be minted.
      await rewardsApp.stake(1, anna, 100n * ALLO, 'much');
      await rewardsApp.blocks(1_500);
      const [minted, mintable] = await amounts('/v1/supply', 'emittedUallo', 'mintableUallo');
      const [perBlock] = await amounts('/v1/emission', 'blockEmissionUallo');
      expect(perBlock! * 500n).toBeGreaterThan(share);
      expect(minted! + mintable!).toBe(share);
      // What is left does not pay one more block.
      expect(mintable).toBeLessThan(perBlock!);
      await rewardsApp.expectConserved();
    } finally {
      await rewardsApp.close();
    }
  });
});

describe('a topic', () => {
  beforeAll(async () => {
    rewardsApp = await RewardsApp.start({
      settings: { faucet: 'open', dataFeeUallo: '1000', minTopicWeight: 1_000 },
      topics: [topicNamed(1, '75000'), topicNamed(2)],
    });
    for (const { address } of [anna, bert]) await rewardsApp.give(address, 1_000n * ALLO);
    await rewardsApp.give(poor.address, 1_300n);
  });
  afterAll(() => rewardsApp?.close());
  afterEach(() => rewardsApp.expectConserved());

  it('starts with the fee of its creation as revenue, once', async () => {
    expect(await economyOf(1)).toMatchObject({ feeRevenueUallo: '75000', active: true, weight: null });
    await rewardsApp.coordinator.append(busTopics.topics, [topicNamed(1, '75000'), topicNamed(3, '5')]);
    await vi.waitFor(async () =>
      expect((await rewardsApp.request('GET', '/v1/topics/3/economy')).status).toBe(200),
    );
    expect(await economyOf(1)).toMatchObject({ feeRevenueUallo: '75000' });
    expect((await rewardsApp.request('GET', '/v1/topics/9/economy')).body).toMatchObject({
      code: 'UNKNOWN_TOPIC',
    });
  });

  it('charges every submission of a sealed set, once; who cannot pay owes', async () => {
    const epoch = { topicId: 1, nonce: 5, params, part: 0, parts: 1 };
    const inferences = [anna, poor].map(({ address }) => ({
      topicId: 1,
      nonce: 5,
      inferer: address,
      value: '1',
    }));
    const set = InferenceSet.fromPartial({ ...epoch, inferences });
    const before = await rewardsApp.balanceOf(anna.address);
    await rewardsApp.inferenceIngest.append(busTopics.inferenceSets, [set, set]);
    const forecasts = [{ topicId: 1, nonce: 5, forecaster: poor.address, elements: [] }];
    await rewardsApp.inferenceIngest.append(busTopics.forecastSets, [
      ForecastSet.fromPartial({ ...epoch, forecasts }),
    ]);
    const owedBy = async (address: string) =>
      (await rewardsApp.get(`/v1/accounts/${address}`)).owedFees as unknown[];
    await vi.waitFor(async () =>
      expect(await rewardsApp.app.database.prisma.submissionFees.count({ where: { topicId: 1n } })).toBe(2),
    );
    // At the end of its epoch, and not as soon as a set is read: its place among blocks and payments is always the same.
    expect(await rewardsApp.balanceOf(anna.address)).toBe(before);
    expect(await owedBy(poor.address)).toEqual([]);
    await rewardsApp.blocks(20, [{ topicId: 1, nonce: 5 }]);
    expect(await owedBy(poor.address)).toEqual([{ topicId: 1, amountUallo: '700' }]);
    expect(await rewardsApp.balanceOf(anna.address)).toBe(before - 1_000n);
    expect(await rewardsApp.balanceOf(poor.address)).toBe(0n);
    const { treasuryUallo } = await rewardsApp.get('/v1/supply');
    expect(treasuryUallo).toBe((1_000 + 1_300).toString());
    // They count at this end already, whose drip takes 4.345 percent of all.
    expect(await economyOf(1)).toMatchObject({ feeRevenueUallo: ((77_300 * 95_655) / 100_000).toFixed(0) });
    await rewardsApp.inferenceIngest.append(busTopics.inferenceSets, [set]);
    await vi.waitFor(async () =>
      expect(await rewardsApp.app.database.prisma.submissionFees.count({ where: { topicId: 1n } })).toBe(0),
    );
    expect(await rewardsApp.balanceOf(anna.address)).toBe(before - 1_000n);
  });

  it('keeps owed fees back from the next reward', async () => {
    await rewardsApp.stake(1, anna, 500n * ALLO, 'stake');
    await rewardsApp.blocks(90);
    await rewardsApp.open(1, 100);
    const { payments } = await rewardsApp.settle(1, 100, { inferers: { [poor.address]: 0.3, other: 0.2 } });
    const paid = BigInt(payments.find(({ participant }) => participant === poor.address)!.amountUallo);
    expect(await rewardsApp.balanceOf(poor.address)).toBe(paid - 700n);
    expect((await rewardsApp.get(`/v1/accounts/${poor.address}`)).owedFees).toEqual([]);
  });

  it('is put to sleep below the minimum weight, and woken by funding', async () => {
    await rewardsApp.stake(2, bert, 10n, 'little');
    await rewardsApp.open(2, 100);
    const { payments, emissionUallo } = await rewardsApp.settle(2, 100);
    expect([payments, emissionUallo]).toEqual([[], '0']);
    expect(await rewardsApp.weightOf(2)).toMatchObject({ active: false, weight: 0, stakeUallo: '10' });
    expect(await economyOf(2)).toMatchObject({ active: false });

    await rewardsApp.command(bert, fund(2, 10n));
    expect(await economyOf(2)).toMatchObject({ active: false });
    await rewardsApp.command(bert, fund(2, ALLO));
    const woken = await rewardsApp.weightOf(2, ({ active }) => active);
    expect(woken.weight).toBeGreaterThanOrEqual(1_000);
    expect(await economyOf(2)).toMatchObject({ active: true, weight: 0 });

    await rewardsApp.open(2, 110, 100);
    expect(BigInt((await rewardsApp.settle(2, 110, { settledNonce: 100 })).emissionUallo)).toBeGreaterThan(
      0n,
    );
  });
});

describe('the genesis', () => {
  it('is applied once, and no other one after it', async () => {
    rewardsApp = await RewardsApp.start();
    try {
      const before = await rewardsApp.ledger.conservation();
      const again = await RewardsApp.start({ beside: rewardsApp });
      expect(await again.ledger.conservation()).toEqual(before);
      await again.close();
      await expect(RewardsApp.start({ beside: rewardsApp, genesis: { operators: [] } })).rejects.toThrow(
        /GENESIS_FILE: the ledger was opened with the genesis [0-9a-f]{64}/,
      );
      expect(await rewardsApp.ledger.conservation()).toEqual(before);
    } finally {
      await rewardsApp.close();
    }
  });

  it('gives accounts what it names, and a closed faucet nothing', async () => {
    const rest = 55_000_000n * ALLO - 7n;
    rewardsApp = await RewardsApp.start({
      settings: {},
      genesis: {
        accounts: [
          { address: anna.address, amountUallo: '7' },
          { address: bert.address, amountUallo: rest.toString() },
        ],
        faucetUallo: '0',
      },
    });
    try {
      expect(await rewardsApp.balanceOf(anna.address)).toBe(7n);
      expect(await rewardsApp.balanceOf(bert.address)).toBe(rest);
      expect(await rewardsApp.give(anna.address, 1n)).toMatchObject({ body: { code: 'FAUCET_CLOSED' } });
    } finally {
      await rewardsApp.close();
    }
  });
});
