import pg from 'pg';

export interface SessionOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly onNotification?: (channel: string) => void;
  readonly connectTimeoutMs?: number;
}

/**
 * One connection of its own, for what lives as long as a connection: session locks, notifications. When it breaks, the
 * locks are gone: whoever relies on them opens a new one and takes them again.
 */
export class Session {
  private failure: Error | undefined;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: pg.Client) {
    client.on('error', (error: Error) => (this.failure = error));
    client.on('end', () => (this.failure ??= new Error('the connection has ended')));
  }

  static async open(options: SessionOptions): Promise<Session> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: options.name,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
      keepAlive: true,
    });
    const session = new Session(client);
    client.on('notification', ({ channel }) => options.onNotification?.(channel));
    await client.connect();
    return session;
  }

  get broken(): boolean {
    return this.failure !== undefined;
  }

  /** One statement at a time, in the order of asking; one with a `name` is prepared once in this session. */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
    name?: string,
  ): Promise<Row[]> {
    const before = this.last;
    const mine = before.then(() => this.client.query<Row>({ text, values, ...(name ? { name } : {}) }));
    this.last = mine.catch(() => undefined);
    return (await mine).rows;
  }

  /** Takes the lock of that name in this database, until the session ends; false when another session has it. */
  async tryLock(name: string): Promise<boolean> {
    const [row] = await this.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
      [name],
    );
    return row?.taken ?? false;
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
