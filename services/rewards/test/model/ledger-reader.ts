import pg from 'pg';

export interface PostedTransfer {
  readonly id: bigint;
  readonly key: string;
}

/** Reads the ledger's tables as they are, beside the service. */
export class LedgerReader {
  private constructor(private readonly client: pg.Client) {}

  static async open(databaseUrl: string): Promise<LedgerReader> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new LedgerReader(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async transfersAfter(id: bigint): Promise<PostedTransfer[]> {
    const { rows } = await this.client.query<{ id: string; key: string }>(
      'SELECT id::text, key FROM rewards.transfers t WHERE id > $1 ORDER BY t.id',
      [id.toString()],
    );
    return rows.map(({ id: text, key }) => ({ id: BigInt(text), key }));
  }

  /** Of all accounts, or of those named and those that later transfers touch. */
  async balances(some?: {
    readonly names: readonly string[];
    readonly after: bigint;
  }): Promise<Map<string, bigint>> {
    const { rows } = some
      ? await this.client.query<{ name: string; balance: string }>(
          `SELECT name, balance_uallo::text AS balance FROM rewards.accounts WHERE name = ANY ($1)
            UNION SELECT name, balance_uallo::text FROM rewards.accounts WHERE name IN
                  (SELECT account_name FROM rewards.postings WHERE transfer_id > $2)`,
          [some.names, some.after.toString()],
        )
      : await this.client.query<{ name: string; balance: string }>(
          'SELECT name, balance_uallo::text AS balance FROM rewards.accounts',
        );
    return new Map(rows.map(({ name, balance }) => [name, BigInt(balance)]));
  }

  async untold(): Promise<number> {
    const { rows } = await this.client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM bus.outbox',
    );
    return rows[0]!.count;
  }

  async setAside(topicIds: readonly number[]): Promise<Map<string, bigint>> {
    const { rows } = await this.client.query<{ name: string; amount: string }>(
      `SELECT topic_id || ':' || nonce AS name, amount_uallo::text AS amount FROM rewards.epoch_emissions
        WHERE topic_id = ANY ($1)`,
      [topicIds],
    );
    return new Map(rows.map(({ name, amount }) => [name, BigInt(amount)]));
  }

  async network(): Promise<Record<string, string | null>> {
    const { rows } = await this.client.query<Record<string, string | null>>(
      `SELECT height::text, rate::text, block_emission_uallo::text, ecosystem_minted_uallo::text, reputers_percent::text,
              month_rewards_uallo::text, month_reputers_uallo::text, total_weight::text, topic_stake_uallo::text,
              validator_stake_uallo::text FROM rewards.network`,
    );
    return rows[0]!;
  }

  async topics(): Promise<
    { topicId: number; fees: bigint; stake: bigint; weight: number | null; active: boolean }[]
  > {
    const { rows } = await this.client.query<Record<string, string> & { weight: number; active: boolean }>(
      `SELECT topic_id::text AS id, fee_revenue_uallo::text AS fees, stake_uallo::text AS stake, weight, active
         FROM rewards.topics ORDER BY topic_id`,
    );
    return rows.map(({ id, fees, stake, weight, active }) => ({
      topicId: Number(id),
      fees: BigInt(fees!),
      stake: BigInt(stake!),
      weight,
      active,
    }));
  }

  async removals(): Promise<Map<string, string>> {
    const { rows } = await this.client.query<{ account: string; told: string }>(
      `SELECT account, concat_ws(' ', holder, amount_uallo, due_height) AS told FROM rewards.stake_removals`,
    );
    return new Map(rows.map(({ account, told }) => [account, told]));
  }

  async owed(): Promise<Map<string, bigint>> {
    const { rows } = await this.client.query<{ name: string; amount: string }>(
      `SELECT topic_id || ':' || address AS name, amount_uallo::text AS amount FROM rewards.owed_fees`,
    );
    return new Map(rows.map(({ name, amount }) => [name, BigInt(amount)]));
  }

  /**
   * Conservation from the postings alone: transfers that do not sum to zero, accounts whose running sum was ever below zero
   * (but the mint's), accounts whose balance is not the sum of their postings, and the sum of everything.
   */
  async conservation(): Promise<
    Readonly<Record<'unbalanced' | 'overdrawn' | 'misstated' | 'total', string>>
  > {
    const { rows } = await this.client.query<
      Record<'unbalanced' | 'overdrawn' | 'misstated' | 'total', string>
    >(
      `WITH running AS (
         SELECT account_name, sum(amount_uallo) OVER (PARTITION BY account_name ORDER BY transfer_id
                  RANGE UNBOUNDED PRECEDING) AS held FROM rewards.postings
       ), posted AS (SELECT account_name, sum(amount_uallo) AS held FROM rewards.postings GROUP BY account_name)
       SELECT (SELECT count(*) FROM (SELECT transfer_id FROM rewards.postings GROUP BY transfer_id
                  HAVING sum(amount_uallo) <> 0) AS wrong)::text AS unbalanced,
              (SELECT count(*) FROM running WHERE held < 0 AND account_name <> 'mint')::text AS overdrawn,
              (SELECT count(*) FROM rewards.accounts a LEFT JOIN posted p ON p.account_name = a.name
                WHERE a.balance_uallo <> coalesce(p.held, 0))::text AS misstated,
              (SELECT sum(balance_uallo) FROM rewards.accounts)::text AS total`,
    );
    return rows[0]!;
  }
}
