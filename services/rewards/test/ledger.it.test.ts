import { DUST, FAUCET, participantAccount, stakeAccount } from '@allora/protocol/economy/accounts';
import type { Transfer } from '@allora/protocol/economy/book';
import { post } from '@allora/protocol/economy/post';
import { Database, type Tx } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BookStore } from '../src/book.store';
import { wants } from '../src/book-wants';
import { rewardsConfig } from '../src/config';
import { openLedger } from '../src/economy';
import { readGenesis } from '../src/genesis-file';
import { LedgerStore } from '../src/ledger.store';

let created: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let ledger: LedgerStore;
const books = new BookStore();

beforeAll(async () => {
  created = await createTestDatabase();
  database = Database.open({ url: created.url, maxConnections: 12 });
  ledger = new LedgerStore(database);
  const config = rewardsConfig.parse({
    databaseUrl: created.url,
    coordinatorGrpcAddress: 'self',
    faucet: 'open',
  });
  await database.transaction((tx) => openLedger(tx, books, readGenesis(config)));
});

afterAll(async () => {
  await database.close();
  await created.drop();
});

async function postIn(tx: Tx, ...transfers: Transfer[]): Promise<void> {
  await books.lock(tx);
  const accounts = transfers.flatMap(({ postings }) => postings.map(({ account }) => account));
  const book = await books.load(tx, wants({ accounts }));
  for (const transfer of transfers) post(book, transfer);
  await books.save(tx, book);
}
const posted = (...transfers: Transfer[]) => database.transaction((tx) => postIn(tx, ...transfers));
const sql = (text: string) => database.transaction((tx) => tx.$executeRawUnsafe(text));

const gift = (name: string, amountUallo: bigint, key = `gift-${name}`): Transfer => ({
  key,
  kind: 'faucet',
  postings: [
    { account: FAUCET, amountUallo: -amountUallo },
    { account: participantAccount(name), amountUallo },
  ],
});

async function expectConserved(): Promise<void> {
  expect((await ledger.conservation()).errorUallo).toBe(0n);
  expect(await ledger.misstatedAccounts()).toEqual([]);
}

describe('posting', () => {
  it('moves money once for a key: a second transfer under it takes everything with it', async () => {
    await posted(gift('anna', 100n));
    expect(await ledger.balance('participant:anna')).toBe(100n);
    await expect(posted(gift('bert', 5n), gift('anna', 100n))).rejects.toThrow(/unique/i);
    expect(await ledger.balance('participant:anna')).toBe(100n);
    expect(await ledger.balance('participant:bert')).toBe(0n);
    await expectConserved();
  });

  it('holds amounts of any size exactly', async () => {
    const amountUallo = 55_000_000n * 10n ** 18n - 1_000_000n + 1n;
    await posted(gift('whale', amountUallo));
    expect(await ledger.balance('participant:whale')).toBe(amountUallo);
    await posted({
      key: 'back',
      kind: 'transfer',
      postings: [
        { account: participantAccount('whale'), amountUallo: -(amountUallo - 1n) },
        { account: FAUCET, amountUallo: amountUallo - 1n },
      ],
    });
    expect(await ledger.balance('participant:whale')).toBe(1n);
    await expectConserved();
  });

  it('posts a group in its order, in one transaction, with ids in that order', async () => {
    const people = Array.from({ length: 40 }, (_, i) => `p${i}`);
    await posted(...people.map((name, i) => gift(name, BigInt(i + 1))));
    const rows = await database.prisma.ledgerTransfer.findMany({
      where: { key: { startsWith: 'gift-p' } },
      orderBy: { id: 'asc' },
    });
    expect(rows.map(({ key }) => key)).toEqual(people.map((name) => `gift-${name}`));
    expect(rows.map(({ id }) => id - rows[0]!.id)).toEqual(people.map((_, i) => BigInt(i)));
    expect(await ledger.balance('participant:p39')).toBe(40n);
    expect(await ledger.balanceAfter('participant:p3', 'gift-p2')).toBe(0n);
    expect(await ledger.balanceAfter('participant:p3', 'gift-p3')).toBe(4n);
    await expectConserved();
  });

  it('opens an account with what its name says of it', async () => {
    await posted({
      key: 'stake-r1',
      kind: 'stake-deposit',
      topicId: 9,
      postings: [
        { account: FAUCET, amountUallo: -3n },
        { account: stakeAccount(9, 'r1'), amountUallo: 3n },
      ],
    });
    expect(await database.prisma.ledgerAccount.findUnique({ where: { name: 'stake:9:r1' } })).toMatchObject({
      kind: 'stake',
      owner: 'r1',
      topicId: 9n,
      reputer: 'r1',
      mayBeNegative: false,
    });
  });

  it('lists the stakes of a topic in byte order, own and delegated', async () => {
    const parts = ['stake:8:rB', 'stake:8:ra', 'delegation:8:ra:h', 'stake:8:rC', 'removal:8:ra:ra'];
    await posted({
      key: 'stakes-of-8',
      kind: 'stake-deposit',
      topicId: 8,
      postings: [
        { account: FAUCET, amountUallo: -15n },
        ...parts.map((account) => ({ account, amountUallo: 3n })),
      ],
    });
    expect(await ledger.stakesOfTopic(8)).toEqual([
      { reputer: 'rB', ownUallo: 3n, delegatedUallo: 0n },
      { reputer: 'rC', ownUallo: 3n, delegatedUallo: 0n },
      { reputer: 'ra', ownUallo: 3n, delegatedUallo: 3n },
    ]);
  });

  it('gives concurrent work one order, and conserves money', async () => {
    const people = ['q0', 'q1', 'q2', 'q3', 'q4'];
    await posted(...people.map((name) => gift(name, 50n)));
    const expected = new Map(people.map((name) => [name, 50n]));
    const moves = Array.from({ length: 100 }, (_, i) => {
      const from = people[i % 5] ?? '';
      const to = people[(i * 3 + 1) % 5] ?? '';
      return { from, to, amountUallo: BigInt((i % 7) + 1), key: `move-${i}` };
    }).filter(({ from, to }) => from !== to);
    const outcomes = await Promise.allSettled(
      moves.map(({ from, to, amountUallo, key }) =>
        posted({
          key,
          kind: 'transfer',
          postings: [
            { account: participantAccount(from), amountUallo: -amountUallo },
            { account: participantAccount(to), amountUallo },
            { account: DUST, amountUallo: 1n },
            { account: FAUCET, amountUallo: -1n },
          ],
        }),
      ),
    );
    outcomes.forEach((outcome, i) => {
      const { from, to, amountUallo } = moves[i]!;
      if (outcome.status === 'rejected') return expect(String(outcome.reason)).toContain('would leave');
      expected.set(from, expected.get(from)! - amountUallo);
      expected.set(to, expected.get(to)! + amountUallo);
    });
    for (const name of people) expect(await ledger.balance(`participant:${name}`)).toBe(expected.get(name));
    await expectConserved();
  });

  it('finds what was made or lost behind its back', async () => {
    await database.transaction(async (tx) => {
      await tx.$executeRawUnsafe(`ALTER TABLE rewards.accounts DISABLE TRIGGER accounts_guarded`);
      await tx.$executeRawUnsafe(
        `UPDATE rewards.accounts SET balance_uallo = balance_uallo + 5 WHERE name = 'dust'`,
      );
      await tx.$executeRawUnsafe(`UPDATE rewards.network SET validator_stake_uallo = 1`);
    });
    expect(await ledger.conservation()).toMatchObject({ errorUallo: 5n });
    expect((await ledger.conservation()).misstatedSums).toBeGreaterThan(0);
    expect(await ledger.misstatedAccounts()).toMatchObject([{ account: DUST }]);
    await database.transaction(async (tx) => {
      await tx.$executeRawUnsafe(
        `UPDATE rewards.accounts SET balance_uallo = balance_uallo - 5 WHERE name = 'dust'`,
      );
      await tx.$executeRawUnsafe(`ALTER TABLE rewards.accounts ENABLE TRIGGER accounts_guarded`);
      await tx.$executeRawUnsafe(`UPDATE rewards.network SET validator_stake_uallo = 0`);
    });
    await expectConserved();
  });
});

describe('the database itself', () => {
  const insert = (key: string, count: number, values: string) => `
    WITH t AS (INSERT INTO rewards.transfers (key, kind, posting_count) VALUES ('${key}', 'faucet', ${count}) RETURNING id)
    INSERT INTO rewards.postings (transfer_id, line, account_name, amount_uallo)
    SELECT t.id, v.line, v.account, v.amount FROM t, (VALUES ${values}) AS v (line, account, amount)`;

  it.each([
    ['an unbalanced transfer', insert('u1', 2, `(0, 'mint', -5), (1, 'dust', 4)`), 'not balanced'],
    [
      'fewer postings than declared',
      insert('u2', 3, `(0, 'mint', -5), (1, 'dust', 5)`),
      'declared 3 postings',
    ],
    [
      'more postings than declared',
      insert('u3', 2, `(0, 'mint', -5), (1, 'dust', 4), (2, 'dust', 1)`),
      'more postings',
    ],
    [
      'a transfer without postings',
      `INSERT INTO rewards.transfers (key, kind, posting_count) VALUES ('u4', 'faucet', 2)`,
      'declared 2',
    ],
    [
      'a one-sided transfer',
      `INSERT INTO rewards.transfers (key, kind, posting_count) VALUES ('u5', 'faucet', 1)`,
      'transfers_at_least_two',
    ],
    ['a posting of nothing', insert('u6', 2, `(0, 'mint', 0), (1, 'dust', 0)`), 'postings_amount_not_zero'],
    [
      'a negative balance',
      insert('u7', 2, `(0, 'participant:anna', -500), (1, 'dust', 500)`),
      'accounts_balance_not_negative',
    ],
    [
      'an account that may owe',
      `INSERT INTO rewards.accounts (name, kind, may_be_negative) VALUES ('rich', 'network', true)`,
      'accounts_only_mint',
    ],
    [
      'an account opened with money',
      `INSERT INTO rewards.accounts (name, kind, balance_uallo) VALUES ('rich', 'network', 5)`,
      'opened with a balance of 0',
    ],
    [
      'a changed balance',
      `UPDATE rewards.accounts SET balance_uallo = 1 WHERE name = 'dust'`,
      'by postings only',
    ],
    [
      'a right to owe given later',
      `UPDATE rewards.accounts SET may_be_negative = true WHERE name = 'dust'`,
      'by postings only',
    ],
    [
      'an account of another kind than its name says',
      `INSERT INTO rewards.accounts (name, kind) VALUES ('stake:1:x', 'participant')`,
      'accounts_kind_is_of_name',
    ],
    [
      'an account that changes hands',
      `UPDATE rewards.accounts SET owner = 'bert' WHERE name = 'participant:anna'`,
      'by postings only',
    ],
    [
      'a removal of nothing',
      `INSERT INTO rewards.stake_removals VALUES ('removal:1:a:b', 'b', 1, 'a', 0, 1, 2)`,
      'stake_removals_amount_above_zero',
    ],
    [
      'a removal due at once',
      `INSERT INTO rewards.stake_removals VALUES ('removal:1:a:b', 'b', 1, 'a', 5, 2, 2)`,
      'stake_removals_due_after_request',
    ],
    [
      'a delegation below zero',
      `INSERT INTO rewards.delegations VALUES (1, 'a', 'b', 0, 0, '{1}', '{-5}')`,
      'delegations_segments_aligned',
    ],
    [
      'segments without shares',
      `INSERT INTO rewards.delegations VALUES (1, 'a', 'b', 0, 0, '{1,2}', '{5}')`,
      'delegations_segments_aligned',
    ],
    [
      'claimable rewards below zero',
      `INSERT INTO rewards.delegations VALUES (1, 'a', 'b', -1, 0, '{1}', '{5}')`,
      'delegations_accrued_not_negative',
    ],
    [
      'a fee owed by nobody',
      `INSERT INTO rewards.owed_fees VALUES (1, 'a', 0)`,
      'owed_fees_amount_above_zero',
    ],
    [
      'a second network',
      `INSERT INTO rewards.network (id, genesis_hash, blocks_per_month, height, reputers_percent) VALUES (2, '', 1, 0, 0)`,
      'network_one_row',
    ],
    ['less than nothing minted', `UPDATE rewards.network SET ecosystem_minted_uallo = -1`, 'network_amounts'],
    ['a deleted account', `DELETE FROM rewards.accounts WHERE name = 'dust'`, 'append-only'],
    ['a changed posting', `UPDATE rewards.postings SET amount_uallo = amount_uallo + 1`, 'append-only'],
    ['a deleted posting', `DELETE FROM rewards.postings`, 'append-only'],
    ['emptied postings', `TRUNCATE rewards.postings`, 'append-only'],
    ['a changed transfer', `UPDATE rewards.transfers SET key = 'x' WHERE key = 'gift-anna'`, 'append-only'],
    ['a deleted transfer', `DELETE FROM rewards.transfers`, 'append-only'],
    ['a second transfer of a key', insert('gift-anna', 2, `(0, 'mint', -5), (1, 'dust', 5)`), 'Unique'],
    [
      'postings added to an old transfer',
      `INSERT INTO rewards.postings (transfer_id, line, account_name, amount_uallo)
       SELECT t.id, v.line, v.account, v.amount
         FROM rewards.transfers t, (VALUES (90, 'mint', -5), (91, 'dust', 5)) AS v (line, account, amount)
        WHERE t.key = 'gift-anna'`,
      'more postings',
    ],
  ])('refuses %s', async (_name, text, reason) => {
    const before = await ledger.conservation();
    await expect(sql(text)).rejects.toThrow(new RegExp(reason, 'i'));
    expect(await ledger.conservation()).toEqual(before);
    await expectConserved();
  });
});
