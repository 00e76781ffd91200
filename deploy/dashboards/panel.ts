/** What Grafana calls the unit of a number. */
export type Unit = 's' | 'short' | 'reqps' | 'ops' | 'bytes' | 'percentunit' | 'dateTimeFromNow' | 'blocks';

export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

export interface Panel {
  readonly title: string;
  readonly unit: Unit;
  /** One number instead of a course over time. */
  readonly isStat?: boolean;
  readonly help?: string;
  /** At and above it a number is shown in red. */
  readonly alarm?: number;
  readonly queries: readonly Query[];
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly sections: readonly Section[];
}

const gridWidth = 24;
const sizes = { stat: { w: 6, h: 4 }, course: { w: 8, h: 7 } } as const;
const datasource = { type: 'prometheus', uid: '${datasource}' };

export const panel = (title: string, unit: Unit, ...queries: readonly Query[]): Panel => ({
  title,
  unit,
  queries,
});

export const stat = (title: string, unit: Unit, expr: string, alarm?: number): Panel => ({
  ...panel(title, unit, { expr }),
  isStat: true,
  ...(alarm === undefined ? {} : { alarm }),
});

export const rate = (series: string, by: string): string =>
  `sum by (${by}) (rate(${series}[$__rate_interval]))`;

/** Quantiles of a histogram, named without `_bucket`. */
export const quantiles = (metric: string, by = '', labels = ''): Query[] =>
  [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket${labels}[$__rate_interval])))`,
    legend: `p${quantile * 100}${by && ` {{${by.split(', ').join('}} {{')}}}`}`,
  }));

/** One quantile, where there are too many series for three. */
export const p95 = (metric: string, by: string, labels = ''): Query => quantiles(metric, by, labels)[1]!;

/** As Grafana imports it. */
export function grafanaJson({ uid, title, sections }: Dashboard): string {
  const panels: object[] = [];
  let id = 0;
  let y = 0;
  for (const section of sections) {
    panels.push({
      ...base(++id, section.title, { x: 0, y, w: gridWidth, h: 1 }),
      type: 'row',
      collapsed: false,
      panels: [],
    });
    y += 1;
    let [x, rowHeight] = [0, 0];
    for (const one of section.panels) {
      const { w, h } = sizes[one.isStat ? 'stat' : 'course'];
      if (x + w > gridWidth || (rowHeight !== 0 && rowHeight !== h))
        [x, y, rowHeight] = [0, y + rowHeight, 0];
      panels.push(grafanaPanel(one, base(++id, one.title, { x, y, w, h })));
      [x, rowHeight] = [x + w, h];
    }
    y += rowHeight;
  }
  const document = {
    uid,
    title,
    tags: ['allora'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    panels,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const base = (id: number, title: string, gridPos: object) => ({ id, title, gridPos });

function grafanaPanel({ unit, isStat, help, alarm, queries }: Panel, place: object) {
  const steps = [{ color: isStat && alarm !== undefined ? 'green' : 'text', value: null }];
  const thresholds = {
    mode: 'absolute',
    steps: alarm === undefined ? steps : [...steps, { color: 'red', value: alarm }],
  };
  return {
    ...place,
    ...(help === undefined ? {} : { description: help }),
    type: isStat ? 'stat' : 'timeseries',
    datasource,
    fieldConfig: { defaults: { unit, thresholds }, overrides: [] },
    options: isStat
      ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value' }
      : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      ...(legend === undefined ? {} : { legendFormat: legend }),
    })),
  };
}
