import pg from 'pg';

export interface TransferRow {
  readonly key: string;
  readonly kind: string;
  readonly postings: readonly { readonly account: string; readonly amount: string }[];
}

/** What the service has posted since a transfer, to be written once more. */
export async function postedRows(pool: pg.Pool, afterId: bigint): Promise<TransferRow[]> {
  const { rows } = await pool.query<TransferRow>(
    `SELECT t.key, t.kind, json_agg(json_build_object('account', p.account_name, 'amount', p.amount_uallo::text)
              ORDER BY p.line) AS postings
       FROM rewards.transfers t JOIN rewards.postings p ON p.transfer_id = t.id
      WHERE t.id > $1 GROUP BY t.id ORDER BY t.id`,
    [afterId.toString()],
  );
  return rows;
}

export async function lastTransfer(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT coalesce(max(id), 0)::text AS id FROM rewards.transfers',
  );
  return BigInt(rows[0]!.id);
}

/** Like tables: the same columns, keys and indexes; no triggers, no accounts. */
export async function makeLikeTables(pool: pg.Pool): Promise<void> {
  await pool.query(`
    DROP SCHEMA IF EXISTS raw CASCADE;
    CREATE SCHEMA raw;
    CREATE TABLE raw.transfers (LIKE rewards.transfers INCLUDING ALL);
    CREATE TABLE raw.postings (LIKE rewards.postings INCLUDING ALL);
    CREATE SEQUENCE raw.ids;
    ALTER TABLE raw.transfers ALTER COLUMN id SET DEFAULT nextval('raw.ids')`);
}

/** Rows of one table as one plain INSERT with a parameter for each value. */
function insertOf(table: string, columns: readonly string[], rows: readonly (readonly unknown[])[]) {
  const places = rows.map(
    (_, r) => `(${columns.map((_c, c) => `$${r * columns.length + c + 1}`).join(',')})`,
  );
  return {
    text: `INSERT INTO raw.${table} (${columns.join(',')}) VALUES ${places.join(',')}`,
    values: rows.flat(),
  };
}

/** Postgres takes at most 65,535 parameters in a statement. */
const ROWS_A_STATEMENT = 1_000;

async function insertAll(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT)
    await client.query(insertOf(table, columns, rows.slice(i, i + ROWS_A_STATEMENT)));
}

/** Postings a second: so many transfers in a transaction, a multi-row INSERT for each table. */
export async function insertGroups(
  pool: pg.Pool,
  transfers: readonly TransferRow[],
  group: number,
): Promise<number> {
  const began = performance.now();
  let postings = 0;
  for (let first = 0; first < transfers.length; first += group) {
    const some = transfers.slice(first, first + group);
    const client = await pool.connect();
    await client.query('BEGIN');
    await insertAll(
      client,
      'transfers',
      ['id', 'key', 'kind', 'posting_count'],
      some.map((one, i) => [first + i + 1, one.key, one.kind, one.postings.length]),
    );
    const lines = some.flatMap((one, i) =>
      one.postings.map(({ account, amount }, line) => [first + i + 1, line, account, amount]),
    );
    await insertAll(client, 'postings', ['transfer_id', 'line', 'account_name', 'amount_uallo'], lines);
    await client.query('COMMIT');
    client.release();
    postings += lines.length;
  }
  return postings / ((performance.now() - began) / 1_000);
}
