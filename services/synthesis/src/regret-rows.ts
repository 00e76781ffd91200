import {
  emptyRegretTable,
  type MaybeNumber,
  type RegretTable,
  type Row,
} from '@allora/protocol/regret/regret-table';

/** One stored regret. `withheld` is empty in the tables that have one worker to a key. */
export interface RegretRow {
  readonly table: number;
  readonly withheld: string;
  readonly worker: string;
  readonly regret: number;
}

type RoleIds = 'inferers' | 'forecasters';
interface Placed {
  /** Stored with every row: never renumbered. */
  readonly code: number;
  readonly withheld: RoleIds | null;
  readonly of: RoleIds;
}

const placed: Readonly<Record<keyof RegretTable, Placed>> = {
  inferer: { code: 1, withheld: null, of: 'inferers' },
  forecaster: { code: 2, withheld: null, of: 'forecasters' },
  naiveInferer: { code: 3, withheld: null, of: 'inferers' },
  oneOutInfererInferer: { code: 4, withheld: 'inferers', of: 'inferers' },
  oneOutInfererForecaster: { code: 5, withheld: 'inferers', of: 'forecasters' },
  oneOutForecasterInferer: { code: 6, withheld: 'forecasters', of: 'inferers' },
  oneOutForecasterForecaster: { code: 7, withheld: 'forecasters', of: 'forecasters' },
  oneInForecasterInferer: { code: 8, withheld: 'forecasters', of: 'inferers' },
  oneInForecasterSelf: { code: 9, withheld: null, of: 'forecasters' },
};
const tables = Object.keys(placed) as (keyof RegretTable)[];

export const REGRET_TABLE_CODES: readonly number[] = tables.map((table) => placed[table].code);

type Ids = Readonly<Record<RoleIds, readonly string[]>>;

/** Lines of a table as the rows they are stored in: one line per withheld worker. */
function linesOf(table: RegretTable, name: keyof RegretTable, ids: Ids): { withheld: string; line: Row }[] {
  const { withheld } = placed[name];
  if (withheld === null) return [{ withheld: '', line: table[name] as Row }];
  return (table[name] as readonly Row[]).map((line, x) => ({ withheld: ids[withheld][x]!, line }));
}

/** The rows that `next` adds to or changes of `previous`. */
export function changedRows(ids: Ids, previous: RegretTable, next: RegretTable): RegretRow[] {
  return tables.flatMap((name) => {
    const { code, of } = placed[name];
    const before = linesOf(previous, name, ids);
    return linesOf(next, name, ids).flatMap(({ withheld, line }, x) =>
      line.flatMap((regret, a) =>
        regret === null || regret === before[x]!.line[a]
          ? []
          : [{ table: code, withheld, worker: ids[of][a]!, regret }],
      ),
    );
  });
}

/** The table of these workers; rows of others are left aside. */
export function tableOfRows(ids: Ids, rows: readonly RegretRow[]): RegretTable {
  const table = emptyRegretTable(ids.inferers.length, ids.forecasters.length);
  const positions = { inferers: positionsOf(ids.inferers), forecasters: positionsOf(ids.forecasters) };
  const byCode = new Map(tables.map((name) => [placed[name].code, name]));
  for (const row of rows) {
    const name = byCode.get(row.table);
    if (name === undefined) throw new Error(`regret table ${row.table} is unknown to this version`);
    const { withheld, of } = placed[name];
    const a = positions[of].get(row.worker);
    const x = withheld === null ? 0 : positions[withheld].get(row.withheld);
    if (a === undefined || x === undefined) continue;
    const lines = (withheld === null ? [table[name]] : table[name]) as MaybeNumber[][];
    lines[x]![a] = row.regret;
  }
  return table;
}

function positionsOf(ids: readonly string[]): ReadonlyMap<string, number> {
  return new Map(ids.map((id, i) => [id, i]));
}
