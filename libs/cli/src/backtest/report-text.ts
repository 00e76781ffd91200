import type { BacktestReport } from '@allora/backtest/report/report';
import { meanOfKnown } from '@allora/backtest/report/statistics';
import { inStretches } from '@allora/backtest/report/stretches';
import { scaleText, verdictText } from '@allora/backtest/report/verdict-text';
import { amountText } from '../amounts';
import { facts, type Style, table, type Tone } from '../format';
import type { BacktestDone } from './run-backtest';

const TONES: Readonly<Record<BacktestReport['verdict'], Tone>> = {
  adds: 'green',
  adds_nothing: 'red',
  undecided: 'yellow',
};
const STRETCHES = 8;
const RIVALS = 10;
const FAILURES = 3;

const short = (value: number | null): string => (value === null ? '-' : String(Number(value.toPrecision(4))));

const percent = (part: number | null): string => (part === null ? '-' : `${(100 * part).toFixed(1)} %`);

/** A backtest as a person reads it: the verdict, the numbers behind it, the others, and how it went over time. */
export function reportText({ report, files }: BacktestDone, style: Style): string {
  const { contribution, ownLoss, networkLoss, rank, rivals, meanShare, lookAhead } = report;
  const { asked, answered } = report;
  const place = rank === null ? '' : `, place ${rank} of ${rivals.length + 1}`;
  const about = facts(
    [
      [
        'contribution',
        contribution &&
          `${short(contribution.low)} to ${short(contribution.high)} with 95 %, from ${contribution.count} scored epochs`,
      ],
      ['loss of the network', `${short(networkLoss.without)} as it was, ${short(networkLoss.with)} with it`],
      ['loss of the model', ownLoss === null ? null : `${short(ownLoss)}${place}`],
      ['answers', `${answered} of ${asked} in time`],
      ['weight', meanShare === null ? null : `${percent(meanShare)} of all in the mean`],
      ['reward', rewardText(report.rewardUallo)],
      ['look-ahead', `${lookAhead.hits} of ${lookAhead.scored} answers are the truth itself`],
      ['plot', files.plot],
      ['record', files.record],
    ],
    style,
  );
  return [
    `${style('bold', style(TONES[report.verdict], verdictText(report)))} (${scaleText(report.lossMethod)}, topic ${report.topicId})\n`,
    ...report.warnings.map((warning) => `${style('yellow', `! ${warning}`)}\n`),
    ...failureLines(report, style),
    `\n${about}`,
    rivals.length === 0 ? '' : `\n${rivalTable(report, style)}`,
    report.epochs.length === 0 ? '' : `\n${timeTable(report, style)}`,
  ].join('');
}

/** Without the digits below a millionth of an ALLO. */
const rewardText = (uallo: bigint): string =>
  amountText(uallo < 10n ** 12n ? uallo : uallo - (uallo % 10n ** 12n));

const failureLines = ({ failures }: BacktestReport, style: Style): string[] => [
  ...failures
    .slice(0, FAILURES)
    .map(({ nonce, reason }) => `${style('yellow', `! epoch ${nonce}: ${reason}`)}\n`),
  ...(failures.length > FAILURES ? [`  and ${failures.length - FAILURES} more without an answer\n`] : []),
];

function rivalTable({ rivals }: BacktestReport, style: Style): string {
  const rows = rivals
    .slice(0, RIVALS)
    .map((one) => [one.inferer, short(one.meanLoss), short(one.candidateMeanLoss), `${one.epochs}`]);
  return table(['inferer', 'mean loss', 'model in the same epochs', 'epochs'], rows, style);
}

function timeTable({ epochs }: BacktestReport, style: Style): string {
  const rows = inStretches(epochs, STRETCHES).map((some) => {
    const [first, last] = [some[0]!, some.at(-1)!];
    return [
      first === last ? `${first.nonce}` : `${first.nonce} to ${last.nonce}`,
      short(meanOfKnown(some.map(({ score }) => score))),
      short(meanOfKnown(some.map(({ ownLoss }) => ownLoss))),
      percent(meanOfKnown(some.map(({ share }) => share))),
      rewardText(some.reduce((sum, { rewardUallo }) => sum + rewardUallo, 0n)),
    ];
  });
  return table(['epochs', 'adds', 'loss', 'weight', 'reward'], rows, style);
}
