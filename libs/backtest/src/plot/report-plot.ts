import type { BacktestReport } from '../report/report';
import { estimateText, scaleText, verdictText } from '../report/verdict-text';
import { drawChart } from './chart';
import { reportCharts } from './report-charts';
import { style } from './style';
import { element, type Markup, markup, textElement } from './svg';

const WIDTH = 860;
const CHART_HEIGHT = 230;
const HEAD = 34;
const RIVALS_MAX = 20;

const shown = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));
const percent = (part: number | null): string => (part === null ? '-' : `${(100 * part).toFixed(1)} %`);

/** Charts of a backtest as one SVG drawing that needs nothing beside it. */
export const plotSvg = (report: BacktestReport): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${drawing(report, headline(report)).markup}\n`;

/** The same in a page, with the numbers as tables. */
export function plotHtml(report: BacktestReport): string {
  const title = headline(report);
  const head = element('head', {}, [
    element('meta', { charset: 'utf-8' }),
    // Nothing is fetched, and no script runs.
    element('meta', {
      'http-equiv': 'Content-Security-Policy',
      content: "default-src 'none'; style-src 'unsafe-inline'",
    }),
    element('meta', { name: 'viewport', content: 'width=device-width' }),
    textElement({}, `Backtest: ${title}`, 'title'),
    element('style', {}, [{ markup: style }]),
  ]);
  const body = element('body', { class: 'plot' }, [
    textElement({ class: report.verdict }, title, 'h1'),
    ...report.warnings.map((warning) => textElement({ class: 'warning' }, warning, 'p')),
    table([], factRows(report)),
    drawing(report, null),
    textElement({}, 'Mean losses in common epochs', 'h2'),
    table(['inferer', 'mean loss', 'model in the same epochs', 'epochs'], rivalRows(report)),
  ]);
  return `<!doctype html>\n${element('html', { lang: 'en' }, [head, body]).markup}\n`;
}

const headline = (report: BacktestReport): string =>
  `${verdictText(report)} (${scaleText(report.lossMethod)}, topic ${report.topicId})`;

function drawing(report: BacktestReport, heading: string | null): Markup {
  const charts = reportCharts(report);
  const top = heading === null ? 0 : HEAD;
  const height = top + charts.length * CHART_HEIGHT;
  const attributes = {
    ...{ xmlns: 'http://www.w3.org/2000/svg', class: 'plot', viewBox: `0 0 ${WIDTH} ${height}` },
    ...{ width: WIDTH, height, role: 'img', 'aria-label': headline(report) },
  };
  return element('svg', attributes, [
    ...(heading === null
      ? []
      : [
          element('style', {}, [{ markup: style }]),
          element('rect', { class: 'paper', width: WIDTH, height }),
          textElement({ class: 'heading', x: 64, y: 22 }, heading),
        ]),
    ...charts.map((chart, i) =>
      drawChart(chart, { top: top + i * CHART_HEIGHT, width: WIDTH, height: CHART_HEIGHT }),
    ),
  ]);
}

function factRows(report: BacktestReport): string[][] {
  const { contribution, networkLoss, ownLoss, rank, rivals, asked, answered, meanShare } = report;
  return [
    ['contribution', contribution ? `${estimateText(contribution)}, ${contribution.count} epochs` : '-'],
    ['loss of the network', `${shown(networkLoss.without)} as it was, ${shown(networkLoss.with)} with it`],
    [
      'loss of the model',
      `${shown(ownLoss)}${rank === null ? '' : `, place ${rank} of ${rivals.length + 1}`}`,
    ],
    ['answers in time', `${answered} of ${asked} (${percent(report.answeredPart)})`],
    ['mean part of all weights', percent(meanShare)],
    ['reward', `${shown(Number(report.rewardUallo) / 1e18)} ALLO`],
  ];
}

const rivalRows = ({ rivals }: BacktestReport): string[][] =>
  rivals
    .slice(0, RIVALS_MAX)
    .map((one) => [one.inferer, shown(one.meanLoss), shown(one.candidateMeanLoss), `${one.epochs}`]);

function table(heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const cells = (row: readonly string[], name: string): Markup =>
    element(
      'tr',
      {},
      row.map((cell) => textElement({}, cell, name)),
    );
  const body = rows.map((row) => cells(row, 'td'));
  return element('table', {}, [markup([...(heads.length === 0 ? [] : [cells(heads, 'th')]), ...body])]);
}
