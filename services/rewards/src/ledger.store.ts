import { RefusalError } from '@allora/contracts/errors';
import { applyPostings, type Posting, verdict } from '@allora/protocol/ledger/posting';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { type AccountName, MINT } from './account-names';

export interface LedgerLine {
  readonly account: AccountName;
  readonly amountUallo: bigint;
}

export interface Transfer {
  /** Names the movement for ever: posting it again changes nothing. */
  readonly key: string;
  readonly kind: 'faucet' | 'stake-deposit' | 'epoch-rewards';
  readonly topicId?: number;
  readonly nonce?: number;
  readonly lines: readonly LedgerLine[];
}

export interface Posted {
  readonly transferId: bigint;
  /** The very same transfer was posted before; nothing moved now. */
  readonly repeated: boolean;
}

export interface Stake {
  readonly topicId: number;
  readonly reputer: string;
  readonly stakeUallo: bigint;
}

/** All SQL on money. Balances themselves are written by the database when postings are inserted. */
@Injectable()
export class LedgerStore {
  constructor(private readonly database: Database) {}

  async post(tx: Tx, transfer: Transfer): Promise<Posted> {
    const postings = transfer.lines.map(toPosting);
    assertTransfer(transfer.key, postings);
    const [inserted] = await tx.$queryRaw<{ id: bigint }[]>`
      INSERT INTO rewards.transfers (key, kind, topic_id, nonce, posting_count)
      VALUES (${transfer.key}, ${transfer.kind}, ${orNull(transfer.topicId)}::bigint, ${orNull(transfer.nonce)}::bigint,
              ${postings.length}::int)
      ON CONFLICT (key) DO NOTHING RETURNING id`;
    if (!inserted) return this.repeat(tx, transfer, postings);
    assertCovered(await lockAccounts(tx, transfer.lines), postings);
    await tx.$executeRaw`
      INSERT INTO rewards.postings (transfer_id, line, account_name, amount_uallo)
      SELECT ${inserted.id}::bigint, p.line - 1, p.account, p.amount
        FROM unnest(${postings.map((p) => p.account)}::text[],
                    ${postings.map((p) => p.amountUallo.toString())}::numeric[])
             WITH ORDINALITY AS p (account, amount, line)`;
    return { transferId: inserted.id, repeated: false };
  }

  private async repeat(tx: Tx, transfer: Transfer, postings: readonly Posting[]): Promise<Posted> {
    const rows = await tx.$queryRaw<{ id: bigint; account: string; amount: string }[]>`
      SELECT t.id, p.account_name AS account, p.amount_uallo::text AS amount
        FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id
       WHERE t.key = ${transfer.key} ORDER BY p.line`;
    const same =
      rows.length === postings.length &&
      rows.every(
        (row, i) => row.account === postings[i]?.account && BigInt(row.amount) === postings[i]?.amountUallo,
      );
    const [first] = rows;
    if (!same || !first) {
      throw new RefusalError('CONFLICTING_REPEAT', `another transfer was made under ${transfer.key}`, {
        key: transfer.key,
      });
    }
    return { transferId: first.id, repeated: true };
  }

  async balance(name: string): Promise<bigint> {
    const row = await this.database.prisma.ledgerAccount.findUnique({ where: { name } });
    return row ? BigInt(row.balanceUallo.toFixed(0)) : 0n;
  }

  /** What an account held right after a transfer: transfers that touch it must have been posted one at a time. */
  async balanceAfter(tx: Tx, name: string, transferId: bigint): Promise<bigint> {
    const [row] = await tx.$queryRaw<{ balance: string }[]>`
      SELECT coalesce(sum(amount_uallo), 0)::text AS balance
        FROM rewards.postings WHERE account_name = ${name} AND transfer_id <= ${transferId}::bigint`;
    return BigInt(row?.balance ?? 0);
  }

  /** Stakes above zero of a topic, in ascending byte order of reputer. */
  async stakesOfTopic(tx: Tx, topicId: number): Promise<Stake[]> {
    const rows = await tx.$queryRaw<{ owner: string; balance: string }[]>`
      SELECT owner, balance_uallo::text AS balance FROM rewards.accounts
       WHERE topic_id = ${BigInt(topicId)}::bigint AND balance_uallo > 0 ORDER BY owner COLLATE "C"`;
    return rows.map((row) => ({ topicId, reputer: row.owner, stakeUallo: BigInt(row.balance) }));
  }

  async stakesOfReputer(address: string): Promise<Stake[]> {
    const rows = await this.database.prisma.ledgerAccount.findMany({
      where: { owner: address, topicId: { not: null } },
      orderBy: { topicId: 'asc' },
    });
    return rows.map((row) => ({
      topicId: Number(row.topicId),
      reputer: address,
      stakeUallo: BigInt(row.balanceUallo.toFixed(0)),
    }));
  }

  async supply(): Promise<{ mintedUallo: bigint; heldUallo: bigint }> {
    const [row] = await this.database.prisma.$queryRaw<{ minted: string; held: string }[]>`
      SELECT (-coalesce(sum(balance_uallo) FILTER (WHERE name = ${MINT}), 0))::text AS minted,
             coalesce(sum(balance_uallo) FILTER (WHERE name <> ${MINT}), 0)::text AS held
        FROM rewards.accounts`;
    return { mintedUallo: BigInt(row?.minted ?? 0), heldUallo: BigInt(row?.held ?? 0) };
  }

  /** Accounts whose balance is not the sum of their postings: none, or the ledger is broken. */
  async misstatedAccounts(): Promise<{ account: string; balanceUallo: bigint; postedUallo: bigint }[]> {
    const rows = await this.database.prisma.$queryRaw<{ name: string; balance: string; posted: string }[]>`
      SELECT a.name, a.balance_uallo::text AS balance, coalesce(p.posted, 0)::text AS posted
        FROM rewards.accounts a
        LEFT JOIN (SELECT account_name, sum(amount_uallo) AS posted FROM rewards.postings GROUP BY account_name) p
               ON p.account_name = a.name
       WHERE a.balance_uallo <> coalesce(p.posted, 0) ORDER BY a.name COLLATE "C"`;
    return rows.map((row) => ({
      account: row.name,
      balanceUallo: BigInt(row.balance),
      postedUallo: BigInt(row.posted),
    }));
  }
}

const toPosting = ({ account, amountUallo }: LedgerLine): Posting => ({ account: account.name, amountUallo });

const orNull = (value: number | undefined): bigint | null => (value === undefined ? null : BigInt(value));

function assertTransfer(key: string, postings: readonly Posting[]): void {
  const judged = verdict(postings);
  if (!judged.accepted) throw new Error(`transfer ${key} is none: ${judged.code}`);
}

function assertCovered(balances: ReadonlyMap<string, bigint>, postings: readonly Posting[]): void {
  const applied = applyPostings(balances, postings, (name) => name === MINT);
  if (applied.accepted) return;
  if (applied.code !== 'INSUFFICIENT_BALANCE') throw new Error(`postings are refused: ${applied.code}`);
  const { account, balanceUallo, neededUallo } = applied;
  throw new RefusalError(
    'INSUFFICIENT_BALANCE',
    `${account} holds ${balanceUallo} uallo, and ${neededUallo} are needed`,
    {
      account,
      balanceUallo: balanceUallo.toString(),
      neededUallo: neededUallo.toString(),
    },
  );
}

/**
 * Opens what is new and locks all, in ascending byte order of name, so that no two transfers wait for each other. Returns
 * the balances.
 */
async function lockAccounts(tx: Tx, lines: readonly LedgerLine[]): Promise<Map<string, bigint>> {
  const accounts = [...new Map(lines.map(({ account }) => [account.name, account])).values()];
  const names = accounts.map((account) => account.name);
  await tx.$executeRaw`
    INSERT INTO rewards.accounts (name, owner, topic_id, may_be_negative)
    SELECT a.name, a.owner, a.topic_id, a.name = ${MINT}
      FROM unnest(${names}::text[], ${accounts.map((a) => a.owner)}::text[],
                  ${accounts.map((a) => a.topicId?.toString() ?? null)}::text[]::bigint[]) AS a (name, owner, topic_id)
     ORDER BY a.name COLLATE "C" ON CONFLICT (name) DO NOTHING`;
  const rows = await tx.$queryRaw<{ name: string; balance: string }[]>`
    SELECT name, balance_uallo::text AS balance FROM rewards.accounts
     WHERE name = ANY (${names}::text[]) ORDER BY name COLLATE "C" FOR UPDATE`;
  return new Map(rows.map(({ name, balance }) => [name, BigInt(balance)]));
}
