import { DUST, INFERENCE_HOLDS, MINT } from '@allora/protocol/economy/accounts';
import { Database, type Tx } from '@allora/store/database';
import { textArray } from '@allora/store/pg-array';
import { Injectable } from '@nestjs/common';

/** Stake of a reputer in a topic, its own and what is delegated to it. */
export interface ReputerStake {
  readonly reputer: string;
  readonly ownUallo: bigint;
  readonly delegatedUallo: bigint;
}

export interface Conservation {
  /** All accounts but the mint. */
  readonly heldUallo: bigint;
  readonly genesisUallo: bigint;
  readonly mintedUallo: bigint;
  /** held - (genesis + minted): 0, or the ledger is broken. */
  readonly errorUallo: bigint;
  /** How many stored sums, of stake and of fees held, are not those of the accounts. */
  readonly misstatedSums: number;
}

type Reader = Pick<Tx, '$queryRaw'>;

/** What the ledger holds. Money is moved by books alone. */
@Injectable()
export class LedgerStore {
  constructor(private readonly database: Database) {}

  async balance(name: string): Promise<bigint> {
    const row = await this.database.prisma.ledgerAccount.findUnique({ where: { name } });
    return row ? BigInt(row.balanceUallo.toFixed(0)) : 0n;
  }

  /** What an account held right after the transfer of a key. */
  async balanceAfter(name: string, key: string): Promise<bigint> {
    const [row] = await this.database.prisma.$queryRaw<{ balance: string }[]>`
      SELECT coalesce(sum(amount_uallo), 0)::text AS balance FROM rewards.postings
       WHERE account_name = ${name} AND transfer_id <= (SELECT id FROM rewards.transfers WHERE key = ${key})`;
    return BigInt(row?.balance ?? 0);
  }

  /** Of the keys those that a transfer stands under. */
  async postedKeys(tx: Tx, keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await tx.$queryRaw<{ key: string }[]>`
      SELECT key FROM rewards.transfers WHERE key = ANY (${textArray(keys)}::text[])`;
    return new Set(rows.map(({ key }) => key));
  }

  /** Stakes above zero of a topic, in ascending byte order of reputer. */
  async stakesOfTopic(topicId: number, reader: Reader = this.database.prisma): Promise<ReputerStake[]> {
    const rows = await reader.$queryRaw<{ reputer: string; own: string; delegated: string }[]>`
      SELECT reputer, coalesce(sum(balance_uallo) FILTER (WHERE kind = 'stake'), 0)::text AS own,
             coalesce(sum(balance_uallo) FILTER (WHERE kind = 'delegation'), 0)::text AS delegated
        FROM rewards.accounts
       WHERE topic_id = ${BigInt(topicId)}::bigint AND kind IN ('stake', 'delegation') AND balance_uallo > 0
       GROUP BY reputer ORDER BY reputer COLLATE "C"`;
    return rows.map(({ reputer, own, delegated }) => ({
      reputer,
      ownUallo: BigInt(own),
      delegatedUallo: BigInt(delegated),
    }));
  }

  async stakeOf(topicId: number, reputer: string): Promise<ReputerStake> {
    const [row] = await this.database.prisma.$queryRaw<{ own: string; delegated: string }[]>`
      SELECT coalesce(sum(balance_uallo) FILTER (WHERE kind = 'stake'), 0)::text AS own,
             coalesce(sum(balance_uallo) FILTER (WHERE kind = 'delegation'), 0)::text AS delegated
        FROM rewards.accounts
       WHERE topic_id = ${BigInt(topicId)}::bigint AND reputer = ${reputer} AND kind IN ('stake', 'delegation')`;
    return { reputer, ownUallo: BigInt(row?.own ?? 0), delegatedUallo: BigInt(row?.delegated ?? 0) };
  }

  /** What was ever issued, and what all other accounts hold: the same. */
  async supply(): Promise<{ mintedUallo: bigint; heldUallo: bigint }> {
    const [row] = await this.database.prisma.$queryRaw<{ minted: string; held: string }[]>`
      SELECT (-coalesce(sum(balance_uallo) FILTER (WHERE name = ${MINT}), 0))::text AS minted,
             coalesce(sum(balance_uallo) FILTER (WHERE name <> ${MINT}), 0)::text AS held
        FROM rewards.accounts`;
    return { mintedUallo: BigInt(row?.minted ?? 0), heldUallo: BigInt(row?.held ?? 0) };
  }

  /**
   * Proof that no base unit was made or lost: the sum of all accounts is what the genesis issued and emission has minted since.
   * What a ledger issued before it had a genesis counts as its genesis.
   */
  async conservation(): Promise<Conservation> {
    const [row] = await this.database.prisma.$queryRaw<Record<keyof Conservation, string>[]>`
      WITH sums AS (
        SELECT coalesce(sum(balance_uallo) FILTER (WHERE name <> ${MINT}), 0) AS held,
               coalesce(sum(balance_uallo) FILTER (WHERE kind = 'validator-stake'), 0) AS validators
          FROM rewards.accounts
      ), issued AS (
        SELECT coalesce(-sum(amount_uallo), 0) AS genesis FROM rewards.postings
         WHERE account_name = ${MINT} AND transfer_id <= (SELECT id FROM rewards.transfers WHERE key = 'genesis')
      ), stakes AS (
        SELECT topic_id, sum(balance_uallo) AS stake FROM rewards.accounts
         WHERE kind IN ('stake', 'delegation') GROUP BY topic_id
      ), holds AS (
        SELECT coalesce((SELECT balance_uallo FROM rewards.accounts WHERE name = ${INFERENCE_HOLDS}), 0) AS account,
               coalesce(sum(fee_uallo - released_uallo - refunded_uallo), 0) AS rows
          FROM rewards.inference_holds WHERE NOT closed
      ), misstated AS (
        SELECT count(*) AS topics FROM rewards.topics t FULL JOIN stakes s USING (topic_id)
         WHERE coalesce(t.stake_uallo, 0) <> coalesce(s.stake, 0)
      )
      SELECT held::text AS "heldUallo", genesis::text AS "genesisUallo", n.ecosystem_minted_uallo::text AS "mintedUallo",
             (held - genesis - n.ecosystem_minted_uallo)::text AS "errorUallo",
             (misstated.topics + (n.validator_stake_uallo <> validators)::int
               + (n.topic_stake_uallo <> coalesce((SELECT sum(stake) FROM stakes), 0))::int
               + (holds.account <> holds.rows)::int)::text AS "misstatedSums"
        FROM sums, issued, misstated, holds, rewards.network n`;
    return {
      heldUallo: BigInt(row!.heldUallo),
      genesisUallo: BigInt(row!.genesisUallo),
      mintedUallo: BigInt(row!.mintedUallo),
      errorUallo: BigInt(row!.errorUallo),
      misstatedSums: Number(row!.misstatedSums),
    };
  }

  /** What the gauges show of the economy. */
  async standing(): Promise<{
    treasury: number;
    dust: number;
    minted: number;
    block: number;
    topicStake: number;
    validatorStake: number;
    removals: number;
  }> {
    const [row] = await this.database.prisma.$queryRaw<
      Record<
        'treasury' | 'dust' | 'minted' | 'block' | 'topicStake' | 'validatorStake' | 'removals',
        string
      >[]
    >`
      SELECT (SELECT balance_uallo FROM rewards.accounts WHERE name = 'treasury')::text AS treasury,
             (SELECT balance_uallo FROM rewards.accounts WHERE name = ${DUST})::text AS dust,
             ecosystem_minted_uallo::text AS minted, block_emission_uallo::text AS block,
             topic_stake_uallo::text AS "topicStake", validator_stake_uallo::text AS "validatorStake",
             (SELECT count(*) FROM rewards.stake_removals)::text AS removals
        FROM rewards.network`;
    return {
      treasury: Number(row?.treasury ?? 0),
      dust: Number(row?.dust ?? 0),
      minted: Number(row?.minted ?? 0),
      block: Number(row?.block ?? 0),
      topicStake: Number(row?.topicStake ?? 0),
      validatorStake: Number(row?.validatorStake ?? 0),
      removals: Number(row?.removals ?? 0),
    };
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
