import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

/** All SQL on the one row that holds the block height of the network. */
@Injectable()
export class ClockStore {
  constructor(private readonly database: Database) {}

  /** Starts the network's clock at block 0 unless it runs already; answers when its blocks began. */
  async open(genesisMs: number): Promise<number> {
    await this.database.prisma.$executeRaw`
      INSERT INTO topic_coordinator.clock (id, height, blocks_told_height, genesis_ms)
      VALUES (1, 0, 0, ${String(genesisMs)}::bigint)
      ON CONFLICT (id) DO NOTHING`;
    const rows = await this.database.prisma.$queryRaw<{ genesis_ms: bigint }[]>`
      SELECT genesis_ms FROM topic_coordinator.clock`;
    return Number(rows[0]?.genesis_ms);
  }

  async height(): Promise<number> {
    const rows = await this.database.prisma.$queryRaw<{ height: bigint }[]>`
      SELECT height FROM topic_coordinator.clock`;
    return Number(rows[0]?.height ?? 0);
  }

  /** The height, held still until the transaction ends: who writes it down is not overtaken by an advance. */
  async heldHeight(tx: Tx): Promise<number> {
    const rows = await tx.$queryRaw<{ height: bigint }[]>`
      SELECT height FROM topic_coordinator.clock FOR SHARE`;
    return Number(rows[0]?.height ?? 0);
  }

  /** Never lowers it. */
  async raise(height: number): Promise<void> {
    await this.database.prisma.$executeRaw`
      UPDATE topic_coordinator.clock SET height = ${String(height)}::bigint WHERE height < ${String(height)}::bigint`;
  }

  /** Up to which height blocks are told. */
  async blocksToldHeight(tx: Tx): Promise<number> {
    const rows = await tx.$queryRaw<{ height: bigint }[]>`
      SELECT blocks_told_height AS height FROM topic_coordinator.clock`;
    return Number(rows[0]?.height ?? 0);
  }

  /** The same, held for this transaction alone: whoever else would tell blocks waits for its end. */
  async heldBlocksToldHeight(tx: Tx): Promise<number> {
    const rows = await tx.$queryRaw<{ height: bigint }[]>`
      SELECT blocks_told_height AS height FROM topic_coordinator.clock FOR UPDATE`;
    return Number(rows[0]?.height ?? 0);
  }

  async recordBlocksTold(tx: Tx, height: number): Promise<void> {
    await tx.$executeRaw`UPDATE topic_coordinator.clock SET blocks_told_height = ${String(height)}::bigint`;
  }

  /** True while this replica is the one that moves the clock; a replica that is gone loses the lease by itself. */
  async holdLease(holder: string, leaseMs: number): Promise<boolean> {
    const held = await this.database.prisma.$executeRaw`
      UPDATE topic_coordinator.clock
      SET lease_holder = ${holder}, lease_until = now() + ${leaseMs}::integer * interval '1 millisecond'
      WHERE lease_holder IS NULL OR lease_holder = ${holder} OR lease_until < now()`;
    return held === 1;
  }

  async releaseLease(holder: string): Promise<void> {
    await this.database.prisma.$executeRaw`
      UPDATE topic_coordinator.clock SET lease_holder = NULL, lease_until = NULL WHERE lease_holder = ${holder}`;
  }
}
