import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './gen/prisma/client';
import { StatementNames } from './prepared';

/** A client inside one transaction. Raw SQL goes through `$queryRaw` and `$executeRaw` of the same. */
export type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

export interface DatabaseOptions {
  readonly url: string;
  readonly maxConnections: number;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  /** A transaction open for longer is rolled back: a handler that waits on the outside must not hold rows and locks. */
  readonly transactionTimeoutMs?: number;
  /** Longest wait for a free connection. */
  readonly acquireTimeoutMs?: number;
  /** Connections break while idle (a restart of the server); the pool replaces them, this tells of it. */
  readonly onConnectionError?: (error: Error) => void;
}

export interface Statement {
  /** Unique in the process. */
  readonly name: string;
  readonly text: string;
}

export interface PoolUse {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
}

/** One service's pool of connections, seen through Prisma. */
export class Database {
  private constructor(
    readonly prisma: PrismaClient,
    private readonly pool: pg.Pool,
    readonly options: DatabaseOptions,
  ) {}

  /** Opens the pool; the first query opens the first connection. */
  static open(options: DatabaseOptions): Database {
    const pool = new pg.Pool({
      connectionString: options.url,
      max: options.maxConnections,
      application_name: options.name ?? 'allora',
      connectionTimeoutMillis: options.acquireTimeoutMs ?? 30_000,
      keepAlive: true,
    });
    const onConnectionError = options.onConnectionError ?? (() => undefined);
    pool.on('error', onConnectionError);
    const statementNames = new StatementNames();
    const adapter = new PrismaPg(pool, {
      onConnectionError,
      statementNameGenerator: ({ sql }) => statementNames.of(sql),
    });
    const prisma = new PrismaClient({
      adapter,
      transactionOptions: {
        maxWait: options.acquireTimeoutMs ?? 30_000,
        timeout: options.transactionTimeoutMs ?? 30_000,
      },
    });
    return new Database(prisma, pool, options);
  }

  transaction<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    return this.prisma.$transaction(work);
  }

  /**
   * One statement outside of transactions, prepared once a connection. Prisma's own way to raw SQL costs several times as
   * much: this is for the few statements where that shows.
   */
  async statement<R extends pg.QueryResultRow>(
    { name, text }: Statement,
    values: readonly unknown[],
  ): Promise<R[]> {
    const { rows } = await this.pool.query<R>({ name, text, values: [...values] });
    return rows;
  }

  /** Resolves when the database answers, rejects when it does not within the time. */
  async ping(timeoutMs = 2_000): Promise<void> {
    const query = { text: 'SELECT 1', query_timeout: timeoutMs };
    await this.pool.query(query);
  }

  get poolUse(): PoolUse {
    return {
      open: this.pool.totalCount,
      idle: this.pool.idleCount,
      waiting: this.pool.waitingCount,
      max: this.options.maxConnections,
    };
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    // The pool's own end does not wait for its connections; a server stopped right after would still cut them off.
    let open = this.pool.totalCount;
    const closed = new Promise<void>((resolve) => {
      this.pool.on('remove', () => (open -= 1) === 0 && resolve());
      if (open === 0) resolve();
    });
    await this.pool.end();
    await closed;
  }
}
