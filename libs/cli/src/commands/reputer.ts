import { type AddCommand, examples, group } from '../add-command';
import { runParticipants } from '../run-participants';
import { type RunOptions, withRunOptions, withTruthOptions, withWho } from '../runner-options';

export const reputerCommand: AddCommand = (program, session) => {
  const run = group(program, 'reputer', 'who knows what came true, and scores the answers')
    .command('run')
    .description(
      'register and stake where needed, report losses in every window; with --config everyone of the file',
    );
  withRunOptions(withTruthOptions(withWho(run)))
    .option('--time-column <column>', 'time of the rows of --truth-csv')
    .option('--height-column <column>', 'block height of the rows of --truth-csv')
    .addHelpText(
      'after',
      examples(
        'allora reputer run --topic 1 --truth-csv truth.csv --height-column height --column close --min-stake 1000',
        "allora reputer run --topic 1 --truth-http 'http://localhost:8888/gt/{BlockHeight}'",
        'allora reputer run --config runner.yaml',
      ),
    )
    .action((options: RunOptions) => runParticipants(session, 'reputer', options));
};
