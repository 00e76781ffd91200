import type { ReplayedEpoch } from '../replay/replay';
import type { BacktestReport } from '../report/report';
import { meanOfKnown } from '../report/statistics';
import { inStretches } from '../report/stretches';
import { scaleText } from '../report/verdict-text';
import type { Chart, Series } from './chart';

/** Beyond these, points are means of neighbouring epochs. */
export const POINTS_MAX = 400;
/** The best of the others; more of them would hide what matters. */
export const OTHERS_MAX = 12;

/** The charts of a backtest: what it adds, losses, weights, rewards. */
export function reportCharts(report: BacktestReport): Chart[] {
  const stretches = inStretches(report.epochs, POINTS_MAX);
  const xs = stretches.map((epochs) => epochs[0]!.nonce);
  const mean = (of: (epoch: ReplayedEpoch) => number | null): (number | null)[] =>
    stretches.map((epochs) => meanOfKnown(epochs.map(of)));
  const shown = report.rivals.slice(0, OTHERS_MAX);
  const name = shown.length < report.rivals.length ? `best ${OTHERS_MAX} others` : 'others';
  const others = (of: 'loss' | 'share'): Series[] =>
    shown.map(({ inferer }) => ({
      ...{ name, tone: 'other', mark: 'line' },
      values: mean(({ others: all }) => all.find((one) => one.inferer === inferer)?.[of] ?? null),
    }));
  const unit = scaleText(report.lossMethod);
  const { contribution } = report;
  const band = contribution && { name: 'mean and 95 % interval', ...contribution };
  const charts: Omit<Chart, 'xs' | 'empty'>[] = [
    {
      title: 'Contribution: loss without the model minus loss with it',
      unit,
      zero: true,
      ...(band ? { band } : {}),
      series: [{ name: 'epoch', tone: 'own', mark: 'dots', values: mean(({ score }) => score) }],
    },
    {
      title: 'Loss',
      unit,
      series: [
        ...others('loss'),
        { name: 'network as it was', tone: 'record', mark: 'line', values: mean(({ loss }) => loss.without) },
        { name: 'network with it', tone: 'network', mark: 'line', values: mean(({ loss }) => loss.with) },
        { name: 'model', tone: 'own', mark: 'line', values: mean(({ ownLoss }) => ownLoss) },
      ],
    },
    {
      title: 'Weight',
      unit: 'part of all weights',
      zero: true,
      series: [
        ...others('share'),
        { name: 'model', tone: 'own', mark: 'line', values: mean(({ share }) => share) },
      ],
    },
    {
      title: 'Reward',
      unit: 'ALLO an epoch',
      zero: true,
      series: [
        {
          ...{ name: 'model', tone: 'own', mark: 'bars' },
          values: mean(({ rewardUallo }) => Number(rewardUallo) / 1e18),
        },
      ],
    },
  ];
  return charts.map((chart) => ({ ...chart, xs, empty: 'No epoch has a number for it.' }));
}
