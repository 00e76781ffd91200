import { stringify } from 'yaml';
import { burns, errorRatio, type ServiceLevel, serviceLevels, windows } from './slo';

const recorded = (name: string, window: string) => `allora_slo:error_ratio:rate${window}{slo="${name}"}`;

/** As far back as the rules look: Prometheus has to keep as much. */
export const budgetDays = '30d';

function recordings(level: ServiceLevel) {
  const labels = { slo: level.name };
  return [
    { record: 'allora_slo:objective', expr: `vector(${level.objective})`, labels },
    ...windows.map((window) => ({
      record: `allora_slo:error_ratio:rate${window}`,
      expr: errorRatio(level, window),
      labels,
    })),
  ];
}

const budgetLeft = (level: ServiceLevel) => ({
  record: `allora_slo:error_budget_left:ratio${budgetDays}`,
  expr: `1 - (${errorRatio(level, budgetDays)})\n/ ${round(1 - level.objective)}`,
  labels: { slo: level.name },
});

const alerts = ({ name, alert, objective, summary }: ServiceLevel) =>
  burns.map(({ severity, pairs, for: lasting }) => ({
    alert,
    expr: pairs
      .map(({ long, short, factor }) => {
        const limit = round(factor * (1 - objective));
        return `(${recorded(name, long)} > ${limit} and ${recorded(name, short)} > ${limit})`;
      })
      .join('\nor '),
    for: lasting,
    labels: { severity, slo: name },
    annotations: {
      summary: `${summary}: at this pace the budget of thirty days is gone ${severity === 'critical' ? 'within five days' : 'before they are over'}`,
      runbook: `docs/runbooks/${alert}.md`,
    },
  }));

const round = (value: number): number => Number(value.toPrecision(6));

/** Recording rules and alerts of the service levels, as Prometheus reads them. */
export function sloRules(): string {
  const groups = [
    { name: 'allora-slo', rules: serviceLevels.flatMap(recordings) },
    { name: 'allora-slo-budget', interval: '5m', rules: serviceLevels.map(budgetLeft) },
    { name: 'allora-slo-burn', rules: serviceLevels.flatMap(alerts) },
  ];
  const head = '# Made of deploy/dashboards/slo.ts by `tsx deploy/dashboards/main.ts`; change it there.\n';
  return head + stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false });
}
