import { Command } from 'commander';
import { economyCommand } from './economy/economy-command';
import { forecasterCommand } from './forecaster/forecaster-command';
import { replayCommand } from './replay-command';

const replay = replayCommand('replay');

await new Command('demo')
  .description('Shows the network at work, through its public endpoints.')
  .addCommand(replay, { isDefault: true })
  .addCommand(economyCommand('economy'))
  .addCommand(forecasterCommand('forecaster'))
  .addHelpText('after', () => `\nWithout a command: ${replay.helpInformation()}`)
  .parseAsync();
process.exit();
