import { verdictText } from '@allora/backtest/report/verdict-text';
import { type AddCommand, examples } from '../add-command';
import { type BacktestCliOptions, withBacktestOptions } from '../backtest/backtest-options';
import { reportText } from '../backtest/report-text';
import { runBacktest } from '../backtest/run-backtest';

export const backtestCommand: AddCommand = (program, session) => {
  const command = program
    .command('backtest')
    .description('what would a model have added to a topic? its history once more, with the model in it');
  withBacktestOptions(command)
    .addHelpText(
      'after',
      examples(
        'allora backtest --topic 1 --command "python3 model.py" --plot plot.html',
        'allora backtest --topic 1 --onnx m.onnx --data prices.csv --time-column date --feature lag:close:0,1,2',
        'allora backtest --topic 1 --module model.mjs --record history.jsonl',
        'allora backtest --from-record history.jsonl --module better.mjs --json',
      ),
    )
    .action(async (options: BacktestCliOptions) => {
      const done = await runBacktest(session, options);
      const { report, files } = done;
      session.show({ text: verdictText(report), ...report, files }, reportText(done, session.style));
    });
};
