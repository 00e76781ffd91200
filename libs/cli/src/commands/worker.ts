import { type AddCommand, examples, group } from '../add-command';
import { withModelOptions } from '../model-options';
import { runParticipants } from '../run-participants';
import { type RunOptions, withRunOptions, withWho } from '../runner-options';

export const workerCommand: AddCommand = (program, session) => {
  const run = group(program, 'worker', 'a model that works for a topic')
    .command('run')
    .description(
      'register where needed, answer in every window, and tell what came of it; with --config everyone of the file',
    );
  withRunOptions(withModelOptions(withWho(run)))
    .option('--shadow', 'work as a shadow: scored, but neither weighted nor paid')
    .addHelpText(
      'after',
      examples(
        'allora worker run --topic 1 --command "python3 model.py"',
        "allora worker run --topic 1 --http 'http://localhost:8000/inference/BTC?at={BlockHeight}'",
        'allora worker run --topic 1 --module ./model.mjs --forecast-module ./model.mjs',
        'allora worker run --topic 1 --onnx m.onnx --data prices.csv --time-column date --feature lag:close:0,1,2',
        'allora worker run --config runner.yaml',
      ),
    )
    .action((options: RunOptions) => runParticipants(session, 'worker', options));
};
