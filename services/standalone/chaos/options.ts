import { Command, InvalidArgumentError, Option } from 'commander';
import type { Scenario } from './plan';

export interface Options {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly minutes: number;
  readonly json: boolean;
  readonly rate?: number;
  readonly workers?: number;
  readonly topics?: number;
  readonly requests?: number;
  readonly blockMs: number;
  readonly keep: boolean;
  readonly planOnly: boolean;
}

const number =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`expected a number from ${min} to ${max}`);
    return value;
  };

export function readOptions(argv: readonly string[]): Options {
  return new Command()
    .name('chaos')
    .description(
      [
        'Runs the network as processes on Kafka, PostgreSQL and Redis of its own, under a steady load of signed submissions,',
        'while a seeded plan kills, pauses, restarts and cuts off all of them. Then every answer that a client got is compared',
        'with what is there. Exit code 0: everything that was promised was kept.',
      ].join('\n'),
    )
    .addOption(
      new Option(
        '--scenario <name>',
        'ingest: submissions alone; epoch: whole epochs, up to their payments; ledger: commands on accounts; purchases: paid inferences',
      )
        .choices(['ingest', 'epoch', 'ledger', 'purchases'])
        .default('ingest'),
    )
    .option('--seed <s>', 'decides faults, keys and load; the same seed gives the same plan of faults', '1')
    .option('--minutes <m>', 'length of the load and of the faults', number(0.1, 1_440), 1)
    .option('--json', 'JSON lines and nothing else; the last one is the result', false)
    .option('--rate <n>', 'submissions or commands a second (60; in the epoch scenario 20)', number(1, 2_000))
    .option('--workers <n>', 'registered workers (as many as the rate needs)', number(4, 5_000))
    .option('--topics <n>', 'topics (3; in the epoch scenario one more, which is poisoned)', number(1, 50))
    .option('--requests <n>', 'purchases in that scenario (1000)', number(1, 100_000))
    .option('--block-ms <ms>', 'length of a block; an epoch has ten', number(50, 60_000), 800)
    .option('--keep', 'leave the logs and data of the run where they are', false)
    .option('--plan-only', 'print the plan of faults and leave', false)
    .addHelpText(
      'after',
      [
        '',
        'Violations are told by rule, see services/standalone/chaos/README.md. To see a failure again:',
        '  npm run chaos -- --scenario ingest --seed <its seed> --minutes <its minutes> --keep',
      ].join('\n'),
    )
    .parse(argv)
    .opts<Options>();
}
