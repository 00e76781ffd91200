import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  advanceTo,
  assertBook,
  copyOf,
  give,
  openEconomy,
  run,
  stateOf,
  testEmission,
  testGenesis,
  testRules,
} from '../../test/economy';
import { DEFAULT_PARAMS } from '../params';
import { blockPayment, mintableUallo, monthlyEmissionUallo } from '../reward/emission-uallo';
import { topicRewards } from '../reward/topic-share';
import { EPOCH_REWARDS, participantAccount, REWARDS_POOL, TREASURY, VALIDATORS_POOL } from './accounts';
import type { Book } from './book';
import type { EndedEpoch } from './ended-epochs';
import { shareUallo } from './genesis';
import { balanceOf, post } from './post';
import { changeTopic, topicOf } from './topic-life';

const ALLO = 10n ** 18n;
const B = testGenesis.blocksPerMonth;

/** r stakes in topics 1 and 2 and pays them fees, v validates. */
function working(stakeUallo = 2_000_000n * ALLO): Book {
  const book = openEconomy();
  for (const address of ['r', 'v', 'd']) give(book, address, 5n * stakeUallo);
  for (const topicId of [1, 2]) {
    run(book, { kind: 'stake', topicId, reputer: 'r', amountUallo: stakeUallo });
    run(book, {
      kind: 'fund-topic',
      topicId,
      from: 'd',
      amountUallo: 1n + stakeUallo / BigInt(topicId) / 1000n,
    });
  }
  run(book, { kind: 'delegate', topicId: 1, reputer: 'r', holder: 'd', amountUallo: stakeUallo });
  run(book, { kind: 'stake-validator', validator: 'v', amountUallo: 2n * stakeUallo });
  return book;
}

const setTreasury = (book: Book, amountUallo: bigint): void => {
  const change = amountUallo - balanceOf(book, TREASURY);
  const postings = [
    { account: participantAccount('foundation'), amountUallo: -change },
    { account: TREASURY, amountUallo: change },
  ];
  if (change !== 0n) post(book, { key: 'treasury', kind: 'transfer', postings });
};

describe('emission', () => {
  it('is what section 11 pays block by block: fees first, and only what they lack is minted', () => {
    const book = working();
    // Enough fees for about ten blocks, so that minting starts in the middle of a month.
    setTreasury(book, 100_000n * ALLO);
    const stakedUallo = book.network.topicStakeUallo + book.network.validatorStakeUallo;
    let [treasury, minted, validators, rewards] = [balanceOf(book, TREASURY), 0n, 0n, 0n];
    let [rate, need] = [0n, 0n];
    const mintedBy = new Map<number, bigint>();
    for (let block = 1; block <= 3 * B; block += 1) {
      if (block % B === 1) {
        const month = monthlyEmissionUallo(
          {
            block,
            blocksPerMonth: B,
            ecosystemMintedUallo: minted,
            ecosystemBalanceUallo: treasury,
            stakedUallo,
            reputersPercent: book.network.reputersPercent,
            previousRate: rate,
          },
          testEmission,
        );
        [rate, need] = [month.rate, month.emissionPerBlockUallo];
      }
      const payment = blockPayment(
        {
          needUallo: need,
          ecosystemBalanceUallo: treasury,
          mintableUallo: mintableUallo(minted, testEmission),
        },
        testEmission,
      );
      treasury = payment.ecosystemBalanceAfterUallo;
      minted += payment.mintedUallo;
      validators += payment.validatorsUallo;
      rewards += payment.rewardsUallo;
      mintedBy.set(block, minted);
    }
    const firstMint = [...mintedBy].find(([, sum]) => sum > 0n)![0];
    expect(firstMint).toBeGreaterThan(2);
    expect(firstMint).toBeLessThan(B);
    const { months } = advanceTo(book, 3 * B);
    expect(months.map(({ height, month }) => [height, month])).toEqual([
      [1, 0],
      [B + 1, 1],
      [2 * B + 1, 2],
    ]);
    expect(book.network).toMatchObject({ rate, blockEmissionUallo: need, ecosystemMintedUallo: minted });
    expect(balanceOf(book, TREASURY)).toBe(treasury);
    expect(balanceOf(book, VALIDATORS_POOL)).toBe(validators);
    expect(balanceOf(book, REWARDS_POOL)).toBe(rewards);
    assertBook(book);
  });

  it('treasury cap exceeded: blocks are paid whole, and nothing is minted beyond the ecosystem’s share', () => {
    const book = working();
    advanceTo(book, 1);
    const { blockEmissionUallo } = book.network;
    // Left to mint: three blocks and a half.
    const left = (blockEmissionUallo * 7n) / 2n;
    const ecosystemMintedUallo = shareUallo(testGenesis.shares.ecosystem) - left;
    book.network = { ...book.network, ecosystemMintedUallo };
    const before = balanceOf(book, REWARDS_POOL) + balanceOf(book, VALIDATORS_POOL);
    const ended = [{ topicId: 1, nonce: 1, height: 10, epochLengthBlocks: 5 }];
    advance(book, { fromHeightExclusive: 1, toHeight: 10, ended });
    expect(book.emissions.get('1:1')).toMatchObject({ blockEmissionUallo: 0n, amountUallo: 0n });
    const paid = balanceOf(book, REWARDS_POOL) + balanceOf(book, VALIDATORS_POOL) - before;
    expect(paid).toBe(3n * blockEmissionUallo);
    expect(mintableUallo(book.network.ecosystemMintedUallo, testEmission)).toBe(left - paid);
    setTreasury(book, blockEmissionUallo);
    advanceTo(book, 20);
    expect(mintableUallo(book.network.ecosystemMintedUallo, testEmission)).toBe(left - paid);
    expect(balanceOf(book, TREASURY)).toBe(0n);
  });

  it('leaves the validators’ part in the treasury while nobody validates', () => {
    const book = openEconomy();
    give(book, 'r', 10n * ALLO);
    run(book, { kind: 'stake', topicId: 1, reputer: 'r', amountUallo: 10n * ALLO });
    advanceTo(book, 4);
    const parts = blockPayment(
      { needUallo: book.network.blockEmissionUallo, ecosystemBalanceUallo: 0n, mintableUallo: 0n },
      testEmission,
    );
    expect(balanceOf(book, REWARDS_POOL)).toBe(4n * parts.rewardsUallo);
    expect(balanceOf(book, VALIDATORS_POOL)).toBe(0n);
    expect(book.network.ecosystemMintedUallo).toBe(4n * parts.rewardsUallo);
    assertBook(book);
  });

  it('is shared among validators by stake, and each may claim its part once', () => {
    const book = working();
    give(book, 'w', 60_000n * ALLO);
    run(book, { kind: 'stake-validator', validator: 'w', amountUallo: 60_000n * ALLO });
    advanceTo(book, 30);
    assertBook(book);
    const pool = balanceOf(book, VALIDATORS_POOL);
    const stakes = [4_000_000n, 60_000n] as const;
    const parts = stakes.map((stake) => (pool * stake) / (stakes[0] + stakes[1]));
    expect(run(book, { kind: 'claim-validator-rewards', validator: 'v' }).movedUallo).toBe(parts[0]);
    expect(run(book, { kind: 'claim-validator-rewards', validator: 'w' }).movedUallo).toBe(parts[1]);
    expect(() => run(book, { kind: 'claim-validator-rewards', validator: 'w' })).toThrow('NOTHING_TO_CLAIM');
    assertBook(book);
  });

  it('starts with the first stake, whenever that comes, and stops where all of it is gone', () => {
    const book = openEconomy();
    expect(advanceTo(book, 2 * B + 3).months).toEqual([]);
    give(book, 'v', 10n * ALLO);
    run(book, { kind: 'stake-validator', validator: 'v', amountUallo: 10n * ALLO });
    const [month] = advanceTo(book, 2 * B + 4).months;
    expect(month).toMatchObject({ height: 2 * B + 4, month: 2, stakedUallo: 10n * ALLO });
    // Nothing to smooth from: the rate is the capped one itself, as in a first month.
    expect(month!.rate).toBe(ALLO / 50n);
    run(book, { kind: 'remove-validator-stake', validator: 'v', amountUallo: 10n * ALLO });
    const [idle] = advanceTo(book, 4 * B).months;
    expect(idle).toMatchObject({ height: 3 * B + 1, rate: month!.rate, blockEmissionUallo: 0n });
    const vested = { lockedVestingUallo: 485_500_000n * ALLO };
    expect(idle).toMatchObject({
      ...vested,
      circulatingUallo: 155_000_000n * ALLO + idle!.ecosystemMintedUallo,
    });
    const minted = book.network.ecosystemMintedUallo;
    advanceTo(book, 5 * B);
    expect(book.network.ecosystemMintedUallo).toBe(minted);
    assertBook(book);
  });

  it('takes the reputers’ share of the past month’s rewards into the next', () => {
    const book = working();
    advanceTo(book, B - 1);
    book.network = { ...book.network, monthRewardsUallo: 1000n, monthReputersUallo: 450n };
    const { months } = advanceTo(book, B + 1);
    expect(months[0]!.reputersPercent).toBe((ALLO * 45n) / 100n);
    expect(book.network).toMatchObject({ monthRewardsUallo: 0n, monthReputersUallo: 0n });
    advanceTo(book, 3 * B);
    expect(book.network.reputersPercent).toBe((ALLO * 45n) / 100n);
  });

  it('releases each class by the month, from a year on until three', () => {
    const book = openEconomy();
    const team = () => balanceOf(book, participantAccount('team'));
    const whole = shareUallo(testGenesis.shares.team);
    advanceTo(book, 12 * B - 1);
    expect(team()).toBe(0n);
    advanceTo(book, 12 * B);
    expect(team()).toBe(whole - (whole * 666_666_666_666_666_667n) / ALLO);
    advanceTo(book, 35 * B);
    expect(team()).toBe(whole - (whole * 27_777_777_777_777_778n) / ALLO);
    advanceTo(book, 40 * B);
    expect(team()).toBe(whole);
    expect(book.transfers.filter(({ kind }) => kind === 'vesting')).toHaveLength(25);
    assertBook(book);
  });
});

describe('ended epochs', () => {
  const ended = (topicId: number, nonce: number, height: number): EndedEpoch => ({
    topicId,
    nonce,
    height,
    epochLengthBlocks: 5,
  });
  const tell = (book: Book, toHeight: number, epochs: readonly EndedEpoch[], rules = testRules) =>
    advance(book, { fromHeightExclusive: book.network.height, toHeight, ended: epochs }, rules);

  it('get of the pool by weight, and their fees drip', () => {
    const book = working();
    const fees = topicOf(book, 1).feeRevenueUallo;
    const { weights } = tell(book, 7, [ended(2, 1, 7), ended(1, 1, 7)]);
    expect(weights.map(({ topicId, active }) => [topicId, active])).toEqual([
      [1, true],
      [2, true],
    ]);
    const [first, second] = [book.emissions.get('1:1')!, book.emissions.get('2:1')!];
    expect(first.weight).toBe(weights[0]!.weight);
    expect(first.totalWeight).toBe(weights[0]!.weight + weights[1]!.weight);
    const each = topicRewards({
      topics: ['1', '2'],
      weights: weights.map(({ weight }) => weight),
      epochLengths: [5, 5],
      totalWeight: first.totalWeight,
      emissionPerBlock: Number(first.blockEmissionUallo),
      treasury: 1e30,
      paidTopics: 2,
    }).rewards;
    expect(Number(first.amountUallo) / each[0]!).toBeCloseTo(1, 12);
    expect(Number(second.amountUallo) / each[1]!).toBeCloseTo(1, 12);
    expect(balanceOf(book, EPOCH_REWARDS)).toBe(first.amountUallo + second.amountUallo);
    expect(topicOf(book, 1).feeRevenueUallo).toBe(fees - fees);
    assertBook(book);
  });

  it('share a pool that does not reach, and leave less than a uallo for each', () => {
    const book = working();
    const { weights } = tell(book, 1, [ended(1, 1, 1), ended(2, 1, 1)]);
    const given = ['1:1', '2:1'].map((key) => book.emissions.get(key)!.amountUallo);
    expect(balanceOf(book, REWARDS_POOL)).toBeLessThan(2n);
    const share = weights[0]!.weight / (weights[0]!.weight + weights[1]!.weight);
    expect(Number(given[0]) / Number(given[0]! + given[1]!)).toBeCloseTo(share, 12);
    const alone = working();
    tell(alone, 1, [ended(1, 1, 1)]);
    expect(balanceOf(alone, REWARDS_POOL)).toBe(0n);
  });

  it('are paid to the heaviest of a block only, ties to the lower topic', () => {
    const book = working();
    changeTopic(book, 2, { feeRevenueUallo: topicOf(book, 1).feeRevenueUallo, stakeUallo: 0n });
    changeTopic(book, 2, { stakeUallo: topicOf(book, 1).stakeUallo });
    tell(book, 7, [ended(1, 1, 7), ended(2, 1, 7)], { ...testRules, paidTopicsPerBlock: 1 });
    expect(book.emissions.get('1:1')!.amountUallo > 0n).toBe(true);
    expect(book.emissions.get('2:1')!.amountUallo).toBe(0n);
  });

  it('below the least weight end a topic’s activity, unpaid; its weight stays in the total', () => {
    const book = working();
    changeTopic(book, 2, { feeRevenueUallo: 0n, weight: 1e9 });
    book.network = { ...book.network, totalWeight: 1e9 };
    const heavy = { ...testRules, minTopicWeight: 1e30 };
    const { weights } = tell(book, 7, [ended(1, 1, 7), ended(2, 1, 7)], heavy);
    expect(weights.map(({ active }) => active)).toEqual([false, false]);
    expect(weights[1]!.weight).toBe(0);
    expect(book.network.totalWeight).toBe(weights[0]!.weight);
    expect(balanceOf(book, EPOCH_REWARDS)).toBe(0n);
    expect(book.emissions.get('1:1')).toMatchObject({ amountUallo: 0n, weight: weights[0]!.weight });
    tell(book, 8, [ended(1, 2, 8)]);
    expect(topicOf(book, 1).active).toBe(false);
  });

  it('are refused of a topic that nobody loaded', () => {
    expect(() => tell(working(), 3, [ended(9, 1, 2)])).toThrow('topic 9 is not in the book');
  });
});

describe('blocks', () => {
  it('are applied once, however often and with whatever overlap they are told', () => {
    const book = working();
    const told = {
      fromHeightExclusive: 0,
      toHeight: 9,
      ended: [{ topicId: 1, nonce: 1, height: 5, epochLengthBlocks: 5 }],
    };
    advance(book, told);
    const once = copyOf(book);
    expect(advance(book, told)).toEqual({ months: [], weights: [] });
    expect(stateOf(book)).toEqual(stateOf(once));
    expect(advance(book, { ...told, toHeight: 10 }).weights).toEqual([]);
    advanceTo(once, 10);
    expect(stateOf(book)).toEqual(stateOf(once));
  });

  it('in pieces come to the same as in one step', () => {
    const epochs = fc.uniqueArray(
      fc.record({
        topicId: fc.integer({ min: 1, max: 2 }),
        nonce: fc.integer({ min: 1, max: 30 }),
        height: fc.integer({ min: 1, max: 90 }),
        epochLengthBlocks: fc.integer({ min: 1, max: 12 }),
      }),
      { maxLength: 20, size: 'max', selector: ({ topicId, nonce }) => `${topicId}:${nonce}` },
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 89 }), { maxLength: 8 });
    const stakes = fc.constantFrom(3n, 1_000n, 10n ** 18n, 10n ** 24n);
    const treasury = fc.bigInt({ min: 0n, max: 10n ** 24n });
    const removals = fc.array(fc.bigInt({ min: 1n, max: 3n }), { maxLength: 1 });
    fc.assert(
      fc.property(epochs, cuts, stakes, treasury, removals, (ended, places, stake, fees, removed) => {
        const book = working(stake);
        setTreasury(book, fees);
        for (const amountUallo of removed) {
          run(book, { kind: 'remove-stake', holder: 'r', topicId: 1, reputer: 'r', amountUallo });
        }
        const inPieces = copyOf(book);
        const whole = advance(book, { fromHeightExclusive: 0, toHeight: 90, ended });
        const ends = [...new Set(places), 90].sort((a, b) => a - b);
        const parts = ends.map((toHeight, i) => {
          const fromHeightExclusive = ends[i - 1] ?? 0;
          const now = ended.filter(({ height }) => height > fromHeightExclusive && height <= toHeight);
          return advance(inPieces, { fromHeightExclusive, toHeight, ended: now });
        });
        expect(stateOf(inPieces)).toEqual(stateOf(book));
        expect(parts.flatMap(({ months }) => months)).toEqual(whole.months);
        expect(parts.flatMap(({ weights }) => weights)).toEqual(whole.weights);
        assertBook(book);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('of a month of one block each are months of their own', () => {
    const book = working();
    book.network = { ...book.network, blocksPerMonth: 1 };
    expect(advanceTo(book, 3).months.map(({ height }) => height)).toEqual([1, 2, 3]);
    expect(DEFAULT_PARAMS.blocksPerMonth).toBe(864_000);
  });

  it('in their millions take no longer than what happens in them', () => {
    const book = openEconomy();
    book.network = { ...book.network, blocksPerMonth: 864_000 };
    give(book, 'v', 50_000_000n * ALLO);
    run(book, { kind: 'stake-validator', validator: 'v', amountUallo: 50_000_000n * ALLO });
    expect(advanceTo(book, 96 * 864_000).months).toHaveLength(96);
    assertBook(book);
  });
});
