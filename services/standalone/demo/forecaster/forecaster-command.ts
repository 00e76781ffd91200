import { type TargetName, targetNames } from '@allora/forecaster/target';
import { Command, Option } from 'commander';
import { inWords, whole } from '../command-line';
import { loadPrices } from '../prices';
import { runExperiment } from './experiment';
import { createForecasterPrinter } from './forecaster-print';
import { summariseSeeds } from './forecaster-summary';
import { type Said, saidNames } from './play-market';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly target: TargetName;
  readonly beside: boolean;
  readonly submit: Said;
  readonly json: boolean;
}

/** All days of the package but the inferers' history and two and a half years for the seed to begin in. */
const EPOCHS = 4_000;

export const forecasterCommand = (name: string): Command =>
  new Command(name)
    .description(
      "The built-in forecaster on the demo's history, without services: its forecasts against each inferer's past mean loss, and " +
        'the network with it against the same without. Ends with 1 where a 95 % interval over seeds is not on the good side.',
    )
    .option('--seeds <n>', 'seeds 1 to n', whole(2, 1_000), 10)
    .option('--epochs <n>', 'epochs of each seed', whole(20, 4_800), EPOCHS)
    .addOption(new Option('--target <t>', 'what it learns').choices(targetNames).default('regret'))
    .option('--beside', "beside the demo's three forecasters instead of alone; slower", false)
    .addOption(
      new Option('--submit <what>', 'ours, or for comparison what needs no model')
        .choices(saidNames)
        .default('ours'),
    )
    .option('--json', 'JSON lines and nothing else: one for each seed, then a summary', false)
    .action((options: Options) => showForecaster(options));

async function showForecaster({ seeds, epochs, target, beside, submit, json }: Options): Promise<void> {
  const printer = createForecasterPrinter(process.stdout, { json });
  try {
    printer.note(`Playing ${seeds} seeds of ${epochs} epochs without a forecaster and with ours …`);
    const reports = await runExperiment({
      prices: loadPrices(),
      seeds: Array.from({ length: seeds }, (_, n) => String(n + 1)),
      epochs,
      target,
      beside,
      said: submit,
      onSeed: printer.seed,
    });
    const summary = summariseSeeds(reports, target);
    printer.summary(summary);
    process.exitCode = summary.violations.length > 0 ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${inWords(error)}\n`);
    process.exitCode = 1;
  }
}
