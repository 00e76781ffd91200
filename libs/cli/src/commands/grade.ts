import { DEFAULT_THRESHOLDS, type Grade, grade, type Thresholds } from '@allora/backtest/report/grade';
import { verdictText } from '@allora/backtest/report/verdict-text';
import { type AddCommand, examples } from '../add-command';
import { parseCount, parseNumber, parsePart } from '../arguments';
import { type BacktestCliOptions, withBacktestOptions } from '../backtest/backtest-options';
import { runBacktest } from '../backtest/run-backtest';
import { CliError, exitCodes } from '../exit-codes';
import type { Style } from '../format';
import type { Session } from '../session';

type GradeOptions = BacktestCliOptions & Thresholds;

export const gradeCommand: AddCommand = (program, session) => {
  const command = program
    .command('grade')
    .description('does a model pass? a backtest against thresholds; all of them must be met');
  const { contributionAbove, rankWithin, answeredAtLeast, epochsAtLeast } = DEFAULT_THRESHOLDS;
  withBacktestOptions(command)
    .option(
      '--contribution-above <number>',
      'the whole interval of the contribution must be above it',
      parseNumber,
      contributionAbove,
    )
    .option('--rank-within <part>', 'place by mean loss, as a part of all inferers', parsePart, rankWithin)
    .option(
      '--answered-at-least <part>',
      'part of the answers that must be in time',
      parsePart,
      answeredAtLeast,
    )
    .option('--epochs-at-least <n>', 'scored epochs below which nothing is known', parseCount, epochsAtLeast)
    .addHelpText(
      'after',
      examples(
        'allora grade --topic 1 --command "python3 model.py"',
        'allora grade --from-record history.jsonl --module model.mjs --rank-within 0.25 --json',
      ),
    )
    .action((options: GradeOptions) => gradeModel(session, options));
};

async function gradeModel(session: Session, options: GradeOptions): Promise<void> {
  const { contributionAbove, rankWithin, answeredAtLeast, epochsAtLeast } = options;
  const thresholds: Thresholds = { contributionAbove, rankWithin, answeredAtLeast, epochsAtLeast };
  const { report, files } = await runBacktest(session, options);
  const graded = grade(report, thresholds);
  const { topicId, verdict, contribution, warnings } = report;
  const text = verdictText(report);
  session.show(
    { ...graded, thresholds, topicId, verdict, text, contribution, warnings, files },
    gradeText(graded, text, session.style),
  );
  if (graded.passed) return;
  const missed = graded.checks.filter(({ passed }) => !passed).map(({ name }) => name.replace('_', '-'));
  throw new CliError(`not passed: ${missed.join(', ')}`, {
    exitCode: exitCodes.notPassed,
    code: 'NOT_PASSED',
    remedy: 'allora backtest with the same options shows why.',
  });
}

function gradeText({ passed, checks }: Grade, text: string, style: Style): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map((check) => {
    const mark = check.passed ? style('green', '✓') : style('red', '✗');
    return `${mark} ${check.name.replace('_', '-').padEnd(width)}  ${check.found}; wanted: ${check.wanted}\n`;
  });
  const title = style('bold', style(passed ? 'green' : 'red', passed ? 'passed' : 'not passed'));
  return `${title}; ${text}\n${lines.join('')}`;
}
