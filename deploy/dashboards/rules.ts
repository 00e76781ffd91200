import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../..');

export const alertsFolder = path.join(root, 'helm/allora/files/alerts');
export const dashboardsFolder = path.join(root, 'helm/allora/files/dashboards');

export interface Rule {
  readonly file: string;
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Every rule of every file, as Prometheus reads them. */
export function allRules(): Rule[] {
  const files = readdirSync(alertsFolder).filter((name) => name.endsWith('.yml'));
  return files.flatMap((file) => {
    const { groups } = parse(readFileSync(path.join(alertsFolder, file), 'utf8')) as {
      groups: readonly { readonly rules: readonly Omit<Rule, 'file'>[] }[];
    };
    return groups.flatMap(({ rules }) => rules.map((rule) => ({ file, ...rule })));
  });
}

interface GrafanaJson {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** Every query of every dashboard. */
export function allQueries(): { where: string; expr: string }[] {
  return readdirSync(dashboardsFolder).flatMap((file) => {
    const { title, panels } = JSON.parse(
      readFileSync(path.join(dashboardsFolder, file), 'utf8'),
    ) as GrafanaJson;
    return panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr }) => ({ where: `${title} / ${panel.title}`, expr })),
    );
  });
}

const name = /(?<![\w:"])(?:allora_[a-z0-9_]+|nodejs_[a-z0-9_]+|process_[a-z0-9_]+)(?![\w:(])/g;

/** The metrics that a query names, without the endings of a histogram's series; patterns of names apart. */
export function metricsIn(expr: string): { names: string[]; patterns: string[] } {
  const patterns = [...expr.matchAll(/__name__=~"([^"]+)"/g)].map(([, pattern]) => pattern!);
  const plain = expr.replaceAll(/"[^"]*"/g, '""');
  return { names: [...new Set(plain.match(name) ?? [])], patterns: [...new Set(patterns)] };
}

/** Which of the metrics that there are a query asks for. */
export function askedFor(
  expr: string,
  existing: ReadonlySet<string>,
): { found: string[]; missing: string[] } {
  const { names, patterns } = metricsIn(expr);
  const family = (series: string) =>
    existing.has(series) ? series : series.replace(/_(bucket|sum|count)$/, '');
  const seriesOf = [...existing].flatMap((metric) => [
    metric,
    ...['bucket', 'sum', 'count'].map((end) => `${metric}_${end}`),
  ]);
  const found = names.map(family).filter((metric) => existing.has(metric));
  const missing = names.filter((series) => !existing.has(family(series)));
  for (const pattern of patterns) {
    const matching = seriesOf.filter((series) => new RegExp(`^(?:${pattern})$`).test(series)).map(family);
    if (matching.length === 0) missing.push(pattern);
    found.push(...matching);
  }
  return { found: [...new Set(found)], missing };
}
