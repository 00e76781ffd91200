import type { Tx } from '@allora/store/database';
import type { RegretTable } from '@allora/protocol/regret/regret-table';
import { Injectable } from '@nestjs/common';
import type { ShadowRegretRow, ShadowRegrets } from './shadows';
import { WorkerRole } from './workers.store';
import { changedRows, REGRET_TABLE_CODES, tableOfRows } from './regret-rows';

interface TopicWorkers {
  readonly topicId: number;
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
}

interface Columns {
  readonly tables: number[] | null;
  readonly withheld: string[] | null;
  readonly workers: string[] | null;
  readonly regrets: number[] | null;
}

/** All SQL on regrets. A topic keeps those of everyone it ever met; an epoch reads and writes only its own workers'. */
@Injectable()
export class RegretsStore {
  async load(tx: Tx, { topicId, ...ids }: TopicWorkers): Promise<RegretTable> {
    const workers = [...new Set([...ids.inferers, ...ids.forecasters])];
    const [columns] = await tx.$queryRaw<Columns[]>`
      SELECT array_agg(regret_table::int) AS tables, array_agg(withheld) AS withheld,
             array_agg(worker) AS workers, array_agg(regret) AS regrets
      FROM synthesis.regrets
      WHERE topic_id = ${topicId}::bigint
        AND regret_table = ANY (${[...REGRET_TABLE_CODES]}::smallint[])
        AND withheld = ANY (${['', ...workers]}::text[])
        AND worker = ANY (${workers}::text[])`;
    const rows = (columns?.tables ?? []).map((table, i) => ({
      table,
      withheld: columns!.withheld![i]!,
      worker: columns!.workers![i]!,
      regret: columns!.regrets![i]!,
    }));
    return tableOfRows(ids, rows);
  }

  async save(
    tx: Tx,
    { topicId, ...ids }: TopicWorkers,
    previous: RegretTable,
    next: RegretTable,
  ): Promise<void> {
    const rows = changedRows(ids, previous, next);
    if (rows.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO synthesis.regrets (topic_id, regret_table, withheld, worker, regret)
      SELECT ${topicId}::bigint, changed.*
      FROM unnest(${rows.map(({ table }) => table)}::smallint[], ${rows.map(({ withheld }) => withheld)}::text[],
                  ${rows.map(({ worker }) => worker)}::text[], ${rows.map(({ regret }) => regret)}::float8[]) AS changed
      ON CONFLICT (topic_id, regret_table, withheld, worker) DO UPDATE SET regret = excluded.regret`;
  }
  /** Of those who are shadows; none of the other tables knows of them. */
  async loadShadows(
    tx: Tx,
    topicId: number,
    shadows: Readonly<Record<'inferers' | 'forecasters', readonly string[]>>,
  ): Promise<Record<'inferers' | 'forecasters', ShadowRegrets>> {
    const workers = [...shadows.inferers, ...shadows.forecasters];
    const rows =
      workers.length === 0
        ? []
        : await tx.$queryRaw<ShadowRegretRow[]>`
            SELECT role::int, worker, regret FROM synthesis.shadow_regrets
            WHERE topic_id = ${topicId}::bigint AND worker = ANY (${workers}::text[])`;
    const ofRole = (role: WorkerRole): ShadowRegrets =>
      new Map(rows.filter((row) => row.role === role).map(({ worker, regret }) => [worker, regret]));
    return { inferers: ofRole(WorkerRole.INFERER), forecasters: ofRole(WorkerRole.FORECASTER) };
  }

  async saveShadows(tx: Tx, topicId: number, rows: readonly ShadowRegretRow[]): Promise<void> {
    if (rows.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO synthesis.shadow_regrets (topic_id, role, worker, regret)
      SELECT ${topicId}::bigint, learnt.*
      FROM unnest(${rows.map(({ role }) => role)}::smallint[], ${rows.map(({ worker }) => worker)}::text[],
                  ${rows.map(({ regret }) => regret)}::float8[]) AS learnt
      ON CONFLICT (topic_id, role, worker) DO UPDATE SET regret = excluded.regret`;
  }
}
