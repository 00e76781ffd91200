import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

export interface Deed {
  /** `operator:<name>` or `key:<id>`. */
  readonly actor: string;
  readonly address: string;
  readonly requestId: string;
  readonly action: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** The record of what was done to keys and by operators. The database lets nobody change it. */
@Injectable()
export class AuditStore {
  constructor(private readonly database: Database) {}

  async add({ facts, ...deed }: Deed, tx: Tx = this.database.prisma): Promise<void> {
    await tx.gatewayAudit.create({ data: { ...deed, facts: JSON.parse(JSON.stringify(facts)) as object } });
  }

  /** Newest first. */
  async list({ before, limit }: { readonly before?: number | undefined; readonly limit: number }) {
    const rows = await this.database.prisma.gatewayAudit.findMany({
      ...(before === undefined ? {} : { where: { id: { lt: before } } }),
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows.map(({ id, at, ...deed }) => ({ id: Number(id), at: at.toISOString(), ...deed }));
  }
}
