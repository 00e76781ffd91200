import { Database } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUST, FAUCET, MINT, networkAccount, participantAccount, stakeAccount } from '../src/account-names';
import { LedgerStore, type Transfer } from '../src/ledger.store';

let created: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let ledger: LedgerStore;

beforeAll(async () => {
  created = await createTestDatabase();
  database = Database.open({ url: created.url, maxConnections: 12 });
  ledger = new LedgerStore(database);
});

afterAll(async () => {
  await database.close();
  await created.drop();
});

const post = (transfer: Transfer) => database.transaction((tx) => ledger.post(tx, transfer));
const sql = (text: string) => database.transaction((tx) => tx.$executeRawUnsafe(text));

const gift = (name: string, amountUallo: bigint, key = `gift-${name}`): Transfer => ({
  key,
  kind: 'faucet',
  lines: [
    { account: networkAccount(MINT), amountUallo: -amountUallo },
    { account: participantAccount(name), amountUallo },
  ],
});

async function expectConserved(): Promise<void> {
  const { mintedUallo, heldUallo } = await ledger.supply();
  expect(heldUallo).toBe(mintedUallo);
  expect(await ledger.misstatedAccounts()).toEqual([]);
}

describe('posting', () => {
  it('moves money once for a key, and refuses other postings under it', async () => {
    const first = await post(gift('anna', 100n));
    expect(await post(gift('anna', 100n))).toEqual({ ...first, repeated: true });
    expect(await ledger.balance('participant:anna')).toBe(100n);
    await expect(post(gift('anna', 101n))).rejects.toMatchObject({ code: 'CONFLICTING_REPEAT' });
    expect(await ledger.balance('participant:anna')).toBe(100n);
    await expectConserved();
  });

  it('holds amounts of any size exactly', async () => {
    await post(gift('whale', 10n ** 37n + 1n));
    expect(await ledger.balance('participant:whale')).toBe(10n ** 37n + 1n);
    await expectConserved();
  });

  it('refuses to spend what is not there, naming the account, and leaves nothing behind', async () => {
    const before = await ledger.supply();
    const deposit: Transfer = {
      key: 'too-much',
      kind: 'stake-deposit',
      topicId: 1,
      lines: [
        { account: participantAccount('anna'), amountUallo: -1_000n },
        { account: stakeAccount(1, 'anna'), amountUallo: 1_000n },
      ],
    };
    await expect(post(deposit)).rejects.toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      facts: { account: 'participant:anna', balanceUallo: '100', neededUallo: '1000' },
    });
    expect(await ledger.supply()).toEqual(before);
    expect(await database.prisma.ledgerTransfer.count({ where: { key: 'too-much' } })).toBe(0);
  });

  it('judges by what a transfer leaves, not by its order of lines', async () => {
    await post({
      key: 'through',
      kind: 'faucet',
      lines: [
        { account: networkAccount(FAUCET), amountUallo: -7n },
        { account: participantAccount('through'), amountUallo: 7n },
        { account: networkAccount(FAUCET), amountUallo: 7n },
        { account: networkAccount(MINT), amountUallo: -7n },
      ],
    });
    expect(await ledger.balance(FAUCET)).toBe(0n);
    await expectConserved();
  });

  it('calls a transfer that does not balance a bug', async () => {
    const bad = { ...gift('anna', 5n, 'bad'), lines: gift('anna', 5n).lines.slice(1) };
    await expect(post(bad)).rejects.toThrow('UNBALANCED');
  });

  it('conserves money and ends in the right balances under concurrent transfers in opposite directions', async () => {
    const people = ['p0', 'p1', 'p2', 'p3', 'p4'];
    await Promise.all(people.map((name) => post(gift(name, 50n))));
    const expected = new Map(people.map((name) => [name, 50n]));
    const moves = Array.from({ length: 120 }, (_, i) => {
      const from = people[i % 5] ?? '';
      const to = people[(i * 3 + 1) % 5] ?? '';
      return { from, to, amountUallo: BigInt((i % 7) + 1), key: `move-${i % 100}-${from}-${to}` };
    }).filter(({ from, to }) => from !== to);
    const outcomes = await Promise.allSettled(
      moves.map(({ from, to, amountUallo, key }) =>
        post({
          key,
          kind: 'faucet',
          lines: [
            { account: participantAccount(from), amountUallo: -amountUallo },
            { account: participantAccount(to), amountUallo },
            { account: networkAccount(DUST), amountUallo: 1n },
            { account: networkAccount(MINT), amountUallo: -1n },
          ],
        }),
      ),
    );
    outcomes.forEach((outcome, i) => {
      const { from, to, amountUallo } = moves[i] ?? { from: '', to: '', amountUallo: 0n };
      if (outcome.status === 'rejected') {
        expect(['INSUFFICIENT_BALANCE', 'CONFLICTING_REPEAT']).toContain(outcome.reason.code);
      } else if (!outcome.value.repeated) {
        expected.set(from, (expected.get(from) ?? 0n) - amountUallo);
        expected.set(to, (expected.get(to) ?? 0n) + amountUallo);
      }
    });
    for (const name of people) expect(await ledger.balance(`participant:${name}`)).toBe(expected.get(name));
    await expectConserved();
  });

  it('lists the stakes of a topic in byte order', async () => {
    for (const reputer of ['rB', 'ra', 'rC']) {
      await post({
        key: `stake-${reputer}`,
        kind: 'stake-deposit',
        topicId: 9,
        lines: [
          { account: networkAccount(MINT), amountUallo: -3n },
          { account: stakeAccount(9, reputer), amountUallo: 3n },
        ],
      });
    }
    const stakes = await database.transaction((tx) => ledger.stakesOfTopic(tx, 9));
    expect(stakes.map(({ reputer }) => reputer)).toEqual(['rB', 'rC', 'ra']);
    expect(await ledger.stakesOfReputer('ra')).toEqual([{ topicId: 9, reputer: 'ra', stakeUallo: 3n }]);
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
      `INSERT INTO rewards.accounts (name, may_be_negative) VALUES ('rich', true)`,
      'accounts_only_mint',
    ],
    [
      'an account opened with money',
      `INSERT INTO rewards.accounts (name, balance_uallo) VALUES ('rich', 5)`,
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
    const before = await ledger.supply();
    await expect(sql(text)).rejects.toThrow(new RegExp(reason, 'i'));
    expect(await ledger.supply()).toEqual(before);
    await expectConserved();
  });
});
