import { Command, Option } from 'commander';
import type { AddCommand } from './add-command';
import { parseUrl } from './arguments';
import { backtestCommand } from './commands/backtest';
import { balanceCommand } from './commands/balance';
import { completionCommand } from './commands/completion';
import { delegateCommand } from './commands/delegate';
import { doctorCommand } from './commands/doctor';
import { epochsCommand } from './commands/epochs';
import { faucetCommand } from './commands/faucet';
import { fundCommand } from './commands/fund';
import { gradeCommand } from './commands/grade';
import { inferenceCommand } from './commands/inference';
import { keysCommand } from './commands/keys';
import { registerCommand } from './commands/register';
import { reputerCommand } from './commands/reputer';
import { rewardsCommand } from './commands/rewards';
import { stakeCommand } from './commands/stake';
import { topicsCommand } from './commands/topics';
import { workerCommand } from './commands/worker';
import { exitCodeHelp } from './exit-codes';
import { DEFAULT_URL, type GlobalOptions, type Session } from './session';

/** In the order of the help. A further command is a file of `commands/` and a line here. */
const commands: readonly AddCommand[] = [
  keysCommand,
  faucetCommand,
  balanceCommand,
  topicsCommand,
  registerCommand,
  backtestCommand,
  gradeCommand,
  workerCommand,
  reputerCommand,
  doctorCommand,
  inferenceCommand,
  epochsCommand,
  rewardsCommand,
  fundCommand,
  stakeCommand,
  delegateCommand,
  completionCommand,
];

/** As package.json; a test holds them together. */
const VERSION = '0.1.0';

const epilogue = `
Environment: ALLORA_URL, ALLORA_KEYSTORE (as --key), ALLORA_KEYS_DIR, ALLORA_PASSWORD or ALLORA_PASSWORD_FILE, NO_COLOR.
Amounts are in ALLO unless they end in uallo: 2.5, 300uallo.
${exitCodeHelp}`;

const withAll = (command: Command, each: (one: Command) => void): void => {
  each(command);
  for (const child of command.commands) withAll(child, each);
};

export function buildProgram(session: Session): Command {
  const { out, err } = session.around;
  const program = new Command('allora')
    .description('The Allora network: keys, money, inferences, and models that work for it')
    .version(VERSION, '--version', 'show the version')
    .addOption(
      new Option('--url <url>', `address of the network; ALLORA_URL, or ${DEFAULT_URL}`).argParser(parseUrl),
    )
    .option('--key <key>', 'name or file of the key; ALLORA_KEYSTORE, or the only one there is')
    .option('--json', 'answer as JSON')
    .addHelpText('after', epilogue)
    .hook('preAction', (_program, action) => session.use(action.optsWithGlobals<GlobalOptions>()));
  for (const add of commands) add(program, session);
  withAll(program, (one) => {
    one
      .exitOverride()
      .configureOutput({ writeOut: out, writeErr: err })
      .configureHelp({ showGlobalOptions: true, helpWidth: 110 })
      .showHelpAfterError('(--help tells more)')
      .helpCommand(false);
  });
  return program;
}
