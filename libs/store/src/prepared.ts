import { Prisma } from './gen/prisma/client';

const MARK = '/* prepared */';

/**
 * Stands first in raw SQL that is prepared once a connection, as planning it costs more than running it: for statements of a few
 * forms, each of them run all the time.
 */
export const PREPARED = Prisma.raw(MARK);

/** Names of prepared statements. Any other statement has none, and is planned anew each time. */
export class StatementNames {
  private readonly names = new Map<string, string>();

  of(sql: string): string {
    if (!sql.startsWith(MARK)) return '';
    const known = this.names.get(sql);
    if (known) return known;
    const name = `prepared-${this.names.size + 1}`;
    this.names.set(sql, name);
    return name;
  }
}
