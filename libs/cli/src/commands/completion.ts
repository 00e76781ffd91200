import { Argument } from 'commander';
import { type AddCommand, examples } from '../add-command';
import { completionScript, shells, type Shell } from '../completion';

export const completionCommand: AddCommand = (program, session) => {
  program
    .command('completion')
    .description('a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices([...shells]))
    .addHelpText(
      'after',
      examples(
        'source <(allora completion bash)',
        'allora completion zsh > "${fpath[1]}/_allora"',
        'allora completion fish > ~/.config/fish/completions/allora.fish',
      ),
    )
    .action((shell: Shell) => {
      const script = completionScript(shell, program);
      session.show({ shell, script }, script);
    });
};
