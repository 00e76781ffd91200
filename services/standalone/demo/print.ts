import { alloText } from './decimal';
import type { EpochReport } from './report';
import type { MeanLosses, Summary } from './summary';

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Printer {
  /** A line for people; nothing in JSON. */
  note(text: string): void;
  epoch(report: EpochReport): void;
  summary(summary: Summary): void;
}

type Paint = (text: string) => string;
interface Palette {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
}

function palette(coloured: boolean): Palette {
  const paint =
    (code: number): Paint =>
    (text) =>
      coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { strong: paint(1), faint: paint(2), good: paint(32), bad: paint(31) };
}

const price = (value: number): string => value.toFixed(2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** One line: truth, network and interval, naive, best worker, the heaviest three, paid. */
export function epochLine(
  report: EpochReport,
  { strong, faint, good, bad }: Palette = palette(false),
): string {
  const { truth, network, interval95, naive, best, topWeights, paidUallo } = report;
  const range =
    interval95 === null ? '[ no interval ]' : `[${price(interval95[0])} .. ${price(interval95[1])}]`;
  const inside = interval95 !== null && interval95[0] <= truth && truth <= interval95[1];
  const weights = topWeights.map(({ name, share }) => `${name} ${Math.round(share * 100)}%`).join(', ');
  const paid = paidUallo.inferers + paidUallo.forecasters + paidUallo.reputers;
  return [
    faint(`#${String(report.epoch + 1).padStart(4, '0')} ${report.date}`),
    `truth ${strong(price(truth))}`,
    `network ${strong(price(network))} ${interval95 === null ? faint(range) : (inside ? good : bad)(range)}`,
    `naive ${naive === null ? '-' : price(naive)}`,
    `best ${best.name} ${price(best.value)}`,
    `weights ${weights || '-'}`,
    `paid ${alloText(paid)} ALLO`,
  ].join('  ');
}

function lossTable(title: string, losses: MeanLosses | null): string[] {
  if (losses === null) return [];
  const ranked = [
    ['network', losses.network],
    ['naive network', losses.naive],
    ['equal-weight mean', losses.equalWeightMean],
    ['median', losses.median],
    ...Object.entries(losses.inferers).map(([name, loss]) => [`inferer ${name}`, loss]),
    ...Object.entries(losses.forecasters).map(([name, loss]) => [`forecaster ${name} (implied)`, loss]),
  ] as [string, number][];
  ranked.sort((a, b) => a[1] - b[1]);
  return [
    '',
    `${title}, ${losses.epochs} epochs (log10 of squared error; lower is better)`,
    ...ranked.map(([name, loss]) => `  ${loss.toFixed(4).padStart(8)}  ${name}`),
  ];
}

function comparisonLines({ networkAgainst }: Summary): string[] {
  if (networkAgainst === null) return [];
  const names = {
    naive: 'naive',
    equalWeightMean: 'equal-weight mean',
    median: 'median',
    bestInferer: 'best inferer',
  };
  return [
    '',
    'Network less others, weighted epochs (below 0: the network is better; +- standard error)',
    ...Object.entries(networkAgainst).map(
      ([name, { difference, standardError }]) =>
        `  ${difference.toFixed(4).padStart(8)} +- ${standardError.toFixed(4)}  ${names[name as keyof typeof names]}`,
    ),
  ];
}

export function summaryLines(summary: Summary): string[] {
  const { intervals, paidUallo, modes } = summary;
  const byName = (record: Readonly<Record<string, bigint>>): string =>
    Object.entries(record)
      .sort((a, b) => (b[1] > a[1] ? 1 : -1))
      .map(([name, amount]) => `${name} ${alloText(amount)}`)
      .join(', ');
  return [
    '',
    `${summary.epochs} epochs, ${summary.firstDate} to ${summary.lastDate}, seed ${summary.seed}: ` +
      Object.entries(modes)
        .map(([mode, count]) => `${count} ${mode}`)
        .join(', '),
    ...lossTable('Mean loss', summary.meanLosses),
    ...lossTable('Mean loss when weighted by regrets', summary.meanLossesWeighted),
    ...comparisonLines(summary),
    '',
    intervals === null
      ? 'No interval was given.'
      : `Truth inside the 68 % interval in ${percent(intervals.inside68)}, inside the 95 % interval in ` +
        `${percent(intervals.inside95)} of ${intervals.epochs} epochs`,
    `Paid: inferers ${alloText(paidUallo.inferers)}, forecasters ${alloText(paidUallo.forecasters)}, ` +
      `reputers ${alloText(paidUallo.reputers)} ALLO`,
    `  ${byName(summary.paidByNameUallo)}`,
    `Listening coefficients: ${Object.entries(summary.listening)
      .map(([name, value]) => `${name} ${value.toFixed(3)}`)
      .join(', ')}`,
    `${summary.epochsPerSecond.toFixed(2)} epochs per second`,
    `inferencesSha256 ${summary.inferencesSha256}`,
  ];
}

const jsonLine = (type: string, body: object): string =>
  `${JSON.stringify({ type, ...body }, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`;

/** Readable lines, coloured on a terminal; or JSON lines and nothing else. */
export function createPrinter(
  sink: Sink,
  options: { readonly json: boolean; readonly noColor?: boolean },
): Printer {
  if (options.json) {
    return {
      note: () => undefined,
      epoch: (report) => void sink.write(jsonLine('epoch', report)),
      summary: (summary) => void sink.write(jsonLine('summary', summary)),
    };
  }
  const colours = palette(sink.isTTY === true && options.noColor !== true);
  const line = (text: string): void => void sink.write(`${text}\n`);
  return {
    note: line,
    epoch: (report) => line(epochLine(report, colours)),
    summary: (summary) => summaryLines(summary).forEach(line),
  };
}
