import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/**
 * The driver adapter as the schema engine needs it. What differs from the one the services use:
 * - one connection, as the native engine has: its advisory lock belongs to a session;
 * - a script goes to the server whole. The adapter cuts at each semicolon, also inside functions and strings;
 * - the catalog's one-byte type "char", unknown to the adapter, is declared as a character. As text the engine panics at
 *   the first row of pg_constraint it reads: any CHECK, and since PostgreSQL 18 any NOT NULL;
 * - the shadow database is dropped after its connection is closed, else PostgreSQL refuses.
 */
export class EngineDatabase extends PrismaPg {
  #url;
  #shadowUrl;

  /** @param {{ url: string, shadowDatabaseUrl?: string }} datasource */
  constructor({ url, shadowDatabaseUrl }) {
    super({ connectionString: url, max: 1 });
    this.#url = url;
    this.#shadowUrl = shadowDatabaseUrl;
  }

  async connect() {
    return adapted(await super.connect());
  }

  async connectToShadowDb() {
    if (this.#shadowUrl) return new EngineDatabase({ url: this.#shadowUrl }).connect();
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await runOn(this.#url, `CREATE DATABASE "${name}" TEMPLATE template0`);
    const shadow = await new EngineDatabase({ url: withDatabase(this.#url, name) }).connect();
    const disconnect = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await disconnect();
      await runOn(this.#url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    };
    return shadow;
  }
}

const oid = { char: 18, text: 25 };

function adapted(adapter) {
  const charColumns = new WeakMap();
  const performIO = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    charColumns.set(
      result.rows,
      new Set(result.fields.flatMap(({ dataTypeID }, i) => (dataTypeID === oid.char ? [i] : []))),
    );
    for (const field of result.fields) if (field.dataTypeID === oid.char) field.dataTypeID = oid.text;
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    const chars = charColumns.get(result.rows);
    return {
      ...result,
      columnTypes: result.columnTypes.map((type, i) => (chars.has(i) ? ColumnTypeEnum.Character : type)),
    };
  };
  adapter.executeScript = async (script) => {
    await adapter
      .underlyingDriver()
      .query(script)
      .catch((error) => adapter.onError(error));
  };
  return adapter;
}

export async function runOn(url, sql) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    if (sql) await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function withDatabase(url, name) {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}
