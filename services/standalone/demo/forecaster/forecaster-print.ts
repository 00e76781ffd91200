import type { Sink } from '../print';
import type { SeedReport } from './experiment';
import type { ForecasterSummary } from './forecaster-summary';
import type { Interval } from './interval';

export interface ForecasterPrinter {
  /** A line for people; nothing in JSON. */
  note(text: string): void;
  seed(report: SeedReport): void;
  summary(summary: ForecasterSummary): void;
}

const columns: readonly (readonly [title: string, width: number, text: (report: SeedReport) => string])[] = [
  ['seed', 6, ({ seed }) => seed],
  ['first day', 10, ({ firstDate }) => firstDate],
  ['last day', 12, ({ lastDate }) => lastDate],
  ['past mean', 9, ({ squaredError }) => squaredError.pastMean.toFixed(4)],
  ['ours', 7, ({ squaredError }) => squaredError.ours.toFixed(4)],
  ['inferers', 8, (report) => `${report.inferersForetoldBetter}/${report.inferers}`],
  ['without', 8, ({ network }) => network.without.toFixed(4)],
  ['with', 8, ({ network }) => network.with.toFixed(4)],
  ['difference', 10, ({ network }) => network.difference.toFixed(5)],
];

const line = (texts: readonly string[]): string =>
  texts.map((text, n) => text.padStart(columns[n]![1])).join('  ');

export const seedHeader = (): string => line(columns.map(([title]) => title));
export const seedLine = (report: SeedReport): string => line(columns.map(([, , text]) => text(report)));

const between = ({ mean, low, high }: Interval): string =>
  `${mean.toFixed(5)}  (95 % over seeds: ${low.toFixed(5)} to ${high.toFixed(5)})`;

export function forecasterLines(summary: ForecasterSummary): string[] {
  const saved = (100 * summary.squaredErrorSaved).toFixed(1);
  return [
    '',
    `Forecasts of ${summary.target}, ${summary.epochs} epochs, ${summary.seeds.length} seeds. Below 0 is better.`,
    'Error of the forecast losses, ours less the past mean loss',
    `  squared   ${between(summary.squaredErrorDifference)}  ${saved} % less`,
    `  absolute  ${between(summary.absoluteErrorDifference)}`,
    'log10 loss of the network, with our forecaster less without any',
    `            ${between(summary.networkLossDifference)}`,
    `            ${summary.networkLossWith.toFixed(4)} against ${summary.networkLossWithout.toFixed(4)}; ` +
      `standard error over a seed's days ${summary.networkStandardErrorOfDays.toFixed(5)}`,
    '',
    ...(summary.violations.length === 0
      ? ['Both are shown.']
      : summary.violations.map((text) => `Not shown: ${text}`)),
  ];
}

export function createForecasterPrinter(
  sink: Pick<Sink, 'write'>,
  { json }: { readonly json: boolean },
): ForecasterPrinter {
  const print = (text: string): void => void sink.write(`${text}\n`);
  let headed = false;
  if (json) {
    return {
      note: () => undefined,
      seed: (report) => print(JSON.stringify({ type: 'seed', ...report })),
      summary: (summary) => print(JSON.stringify({ type: 'summary', ...summary })),
    };
  }
  return {
    note: print,
    seed: (report) => {
      if (!headed) print(seedHeader());
      headed = true;
      print(seedLine(report));
    },
    summary: (summary) => forecasterLines(summary).forEach(print),
  };
}
