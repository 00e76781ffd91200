export type PeriodKind = 'day' | 'month';

export interface Period {
  /** 2026-11-24 or 2026-11, in UTC. */
  readonly name: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** The day or month of the calendar, in UTC, that a moment falls into. */
export function periodAt(kind: PeriodKind, ms: number): Period {
  const at = new Date(ms);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const startsAtMs = kind === 'day' ? Date.UTC(year, month, day) : Date.UTC(year, month);
  const endsAtMs = kind === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1);
  return { name: at.toISOString().slice(0, kind === 'day' ? 10 : 7), startsAtMs, endsAtMs };
}
