import { alloText } from '../decimal';
import type { Sink } from '../print';
import type { EconomySummary } from './economy-summary';
import { isCovered, type MonthReport } from './month-report';
import { plotLines } from './plot';

export interface EconomyPrinter {
  /** A line for people; nothing in JSON. */
  note(text: string): void;
  month(report: MonthReport): void;
  summary(summary: EconomySummary): void;
}

const jsonLine = (type: string, body: object): string =>
  `${JSON.stringify({ type, ...body }, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`;

/** Millions of ALLO. */
const millions = (uallo: bigint): string => (Number(uallo / 10n ** 18n) / 1e6).toFixed(2);
const percent = (share: number): string => (share * 100).toFixed(4);

const columns: readonly (readonly [title: string, width: number, text: (report: MonthReport) => string])[] = [
  ['month', 5, ({ month }) => String(month)],
  ['block', 6, ({ height }) => String(height)],
  ['rate %', 7, ({ rate }) => percent(rate)],
  ['emitted', 8, ({ emissionUallo }) => millions(emissionUallo)],
  ['fees', 8, ({ feesUallo }) => millions(feesUallo)],
  ['minted', 8, ({ mintedInMonthUallo }) => millions(mintedInMonthUallo)],
  ['treasury', 8, ({ treasuryUallo }) => millions(treasuryUallo)],
  ['circulating', 11, ({ circulatingUallo }) => millions(circulatingUallo)],
  ['staked', 8, ({ stakedUallo }) => millions(stakedUallo)],
  ['locked', 8, ({ lockedUallo }) => millions(lockedUallo)],
  ['rewards', 8, ({ rewardsUallo }) => millions(rewardsUallo)],
  ['', 7, (report) => (isCovered(report) ? 'no mint' : '')],
];

export const monthHeader = (): string =>
  columns
    .map(([title, width]) => title.padStart(width))
    .join('  ')
    .trimEnd();

export const monthLine = (report: MonthReport): string =>
  columns
    .map(([, width, text]) => text(report).padStart(width))
    .join('  ')
    .trimEnd();

export function economyLines(months: readonly MonthReport[], summary: EconomySummary): string[] {
  const inMillions = (uallo: bigint): number => Number(uallo) / 1e24;
  const change = summary.rateChangeAtFirstUnlock;
  return [
    '',
    ...plotLines(
      'Smoothed rate, % a month',
      months.map(({ rate }) => rate * 100),
    ),
    ...plotLines(
      'Circulating, millions of ALLO',
      months.map(({ circulatingUallo }) => inMillions(circulatingUallo)),
    ),
    ...plotLines(
      'Emitted a month, millions of ALLO',
      months.map(({ emissionUallo }) => inMillions(emissionUallo)),
    ),
    ...plotLines(
      'Minted a month, millions of ALLO',
      months.map(({ mintedInMonthUallo }) => inMillions(mintedInMonthUallo)),
    ),
    `${summary.months} months, ${summary.epochs} epochs, seed ${summary.seed}, ${summary.seconds.toFixed(0)} s`,
    `Emitted ${alloText(summary.emittedUallo)} ALLO: ${alloText(summary.mintedUallo)} minted, the rest from fees of ` +
      `${alloText(summary.feesUallo)}; ${alloText(summary.rewardsUallo)} paid to workers, reputers and their delegators`,
    `Fees covered ${summary.monthsWithoutMint} months, in which nothing was minted`,
    change === null
      ? 'Vesting did not unlock yet.'
      : `The smoothed rate moved by ${(change * 100).toFixed(3)} % in the month of the first unlock`,
    `Conservation error: ${summary.conservationErrorUallo} uallo`,
    ...(summary.violations.length === 0 ? ['No violations.'] : ['VIOLATIONS', ...summary.violations]),
  ];
}

/** A table as the months come and plots at the end; or JSON lines and nothing else. */
export function createEconomyPrinter(sink: Sink, options: { readonly json: boolean }): EconomyPrinter {
  if (options.json) {
    return {
      note: () => undefined,
      month: (report) => void sink.write(jsonLine('month', report)),
      summary: (summary) => void sink.write(jsonLine('summary', summary)),
    };
  }
  const line = (text: string): void => void sink.write(`${text}\n`);
  const months: MonthReport[] = [];
  return {
    note: line,
    month: (report) => {
      if (months.length === 0) line(`In millions of ALLO, but the rate\n${monthHeader()}`);
      months.push(report);
      line(monthLine(report));
    },
    summary: (summary) => economyLines(months, summary).forEach(line),
  };
}
