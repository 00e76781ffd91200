import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { submissionLogConfig } from '../../libs/submission-log/src/config';
import { rewardsConfig } from '../../services/rewards/src/config';
import { parse } from 'yaml';
import { generated } from './generated';
import { alertsFolder, allQueries, allRules, askedFor, dashboardsFolder, metricsIn } from './rules';
import { burns, serviceLevels } from './slo';

const root = path.resolve(import.meta.dirname, '../..');
const runbooks = path.join(root, 'docs/runbooks');
const alerts = allRules().filter(({ alert }) => alert !== undefined);

interface PromtoolTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
    readonly promql_expr_test?: readonly {
      readonly expr: string;
      readonly exp_samples?: readonly unknown[];
    }[];
  }[];
}

/** Alerts that a test of the rule file sees fire. */
function firing(file: string): string[] {
  const { tests } = parse(readFileSync(path.join(alertsFolder, 'tests', file), 'utf8')) as PromtoolTests;
  return tests.flatMap(({ alert_rule_test: byAlert = [], promql_expr_test: byExpr = [] }) => [
    ...byAlert.flatMap(({ alertname, exp_alerts: wanted }) => (wanted?.length ? [alertname] : [])),
    ...byExpr.flatMap(({ expr, exp_samples: wanted }) =>
      wanted?.length ? (/alertname=~?"([^"]+)"/.exec(expr)?.[1]?.split('|') ?? []) : [],
    ),
  ]);
}

describe('dashboards and rules', () => {
  it('are those that their definitions make', () => {
    const files = path.dirname(dashboardsFolder);
    for (const [name, text] of generated()) {
      const file = path.join(files, name);
      expect(
        existsSync(file) && readFileSync(file, 'utf8'),
        `${name}: run tsx deploy/dashboards/main.ts`,
      ).toBe(text);
    }
    const made = [...generated().keys()].filter((name) => name.startsWith('dashboards/'));
    expect(readdirSync(dashboardsFolder).toSorted()).toEqual(
      made.map((name) => path.basename(name)).toSorted(),
    );
  });

  it('place panels side by side, none over another', () => {
    for (const file of readdirSync(dashboardsFolder)) {
      const taken = new Set<string>();
      const { panels } = JSON.parse(readFileSync(path.join(dashboardsFolder, file), 'utf8')) as {
        panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
      };
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const { title, gridPos } of panels) {
        expect(gridPos.x + gridPos.w, `${file} ${title}`).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.has(`${x}/${y}`), `${file} ${title}`).toBe(false);
            taken.add(`${x}/${y}`);
          }
      }
    }
  });

  it('ask for recorded series that a rule records', () => {
    const recorded = new Set(allRules().flatMap(({ record }) => record ?? []));
    const asked = [...allRules(), ...allQueries()].flatMap(
      ({ expr }) => expr.match(/\ballora_slo:[\w:]+/g) ?? [],
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((series) => !recorded.has(series))).toEqual([]);
  });

  it('are read for metrics by name, by pattern, and past the endings of histograms', () => {
    const existing = new Set(['allora_a_seconds', 'allora_b_count', 'up_b']);
    const expr =
      'rate(allora_a_seconds_bucket{le="5", x="allora_no"}[5m]) + allora_b_count + allora_gone_total';
    expect(askedFor(expr, existing)).toEqual({
      found: ['allora_a_seconds', 'allora_b_count'],
      missing: ['allora_gone_total'],
    });
    expect(askedFor('{__name__=~"allora_.+_sum"}', existing).found).toEqual([
      'allora_a_seconds',
      'allora_b_count',
    ]);
    expect(metricsIn('allora_slo:objective').names).toEqual([]);
  });
});

describe('alerts', () => {
  it('have a runbook each, and no runbook is without its alert', () => {
    const names = [...new Set(alerts.map(({ alert }) => `${alert}.md`))];
    expect(readdirSync(runbooks).toSorted()).toEqual(names.toSorted());
    for (const { alert, annotations, labels } of alerts) {
      expect(annotations?.['runbook'], alert).toBe(`docs/runbooks/${alert}.md`);
      expect(annotations?.['summary'], alert).toBeTruthy();
      expect(['critical', 'warning'], alert).toContain(labels?.['severity']);
    }
  });

  it('have runbooks that say what it means, where to look and what to do', () => {
    for (const file of readdirSync(runbooks)) {
      const text = readFileSync(path.join(runbooks, file), 'utf8');
      const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
      expect(headings, file).toEqual([file.replace(/\.md$/, ''), 'Means', 'Look at', 'Do']);
      for (const other of alerts.map(({ alert }) => alert!))
        expect(existsSync(path.join(runbooks, `${other}.md`)), other).toBe(true);
    }
  });

  it('are each seen to fire in a test of promtool', () => {
    for (const { alert, file } of alerts) expect(firing(file), `${alert} in ${file}`).toContain(alert);
  });

  it('tell of a full queue before it is', () => {
    const limitOf = (name: string) =>
      Number(/> (\d+)$/.exec(alerts.find(({ alert }) => alert === name)!.expr)?.[1]);
    const { maxInflightCommands } = rewardsConfig.shape;
    expect(limitOf('LedgerQueueFull')).toBe(0.8 * Number(maxInflightCommands.parse(undefined)));
    const { maxInflightSubmissions } = submissionLogConfig.shape;
    expect(limitOf('DoorNearlyFull')).toBe(0.8 * Number(maxInflightSubmissions.parse(undefined)));
  });
});

describe('docs/slo.md', () => {
  const text = readFileSync(path.join(root, 'docs/slo.md'), 'utf8');

  it('promises what is measured', () => {
    for (const { name, objective, alert } of serviceLevels) {
      expect(text).toContain(`| ${name.replaceAll('_', ' ')} | ${Number((objective * 100).toFixed(4))} % |`);
      expect(text).toContain(`runbooks/${alert}.md`);
    }
  });

  it('tells how fast a budget may burn', () => {
    for (const { pairs } of burns)
      for (const { long, factor } of pairs)
        expect(text).toContain(
          `${factor === 1 ? 'too fast' : `${factor} times too fast`} | ${long.replace(/(\d)/, '$1 ')}`,
        );
  });
});
