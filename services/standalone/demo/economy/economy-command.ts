import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createClient } from '@allora/sdk/client';
import { Command } from 'commander';
import { inWords, stopSignal, whole } from '../command-line';
import { startStandalone } from '../network';
import { BLOCKS_PER_MONTH } from './close-month';
import { createEconomyCast } from './economy-cast';
import { genesisText } from './economy-genesis';
import { createEconomyPrinter } from './economy-print';
import { playEconomy } from './play-economy';

interface Options {
  readonly months: number;
  readonly seed: string;
  readonly json: boolean;
}

const CHAIN_ID = 'allora-economy-1';
/** Of a month; as on the real network, where it is 604,800 of 864,000 blocks. */
const REMOVAL_DELAY_BLOCKS = Math.round(0.7 * BLOCKS_PER_MONTH);

export const economyCommand = (name: string): Command =>
  new Command(name)
    .description(
      `Months of the whole economy on an accelerated clock of ${BLOCKS_PER_MONTH} blocks a month: genesis, vesting, stake, ` +
        'emission, fees and payments of a network of its own. Ends with 1 where something that must hold did not.',
    )
    .option('--months <n>', 'months to play', whole(1, 1_200), 96)
    .option('--seed <s>', 'decides keys, what is foretold and how much consumers pay', '1')
    .option('--json', 'JSON lines and nothing else: one for each month, then a summary', false)
    .action((options: Options) => showEconomy(options));

async function showEconomy({ months, seed, json }: Options): Promise<void> {
  const printer = createEconomyPrinter(process.stdout, { json });
  const { signal, stopped } = stopSignal();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'allora-economy-'));
  try {
    const genesisFile = path.join(dataDir, 'genesis.json');
    await writeFile(genesisFile, genesisText(createEconomyCast(seed), BLOCKS_PER_MONTH));
    printer.note('Starting the network …');
    const network = await startStandalone(
      { root: process.cwd(), dataDir },
      {
        env: {
          CHAIN_ID,
          GENESIS_FILE: genesisFile,
          REMOVAL_DELAY_BLOCKS: String(REMOVAL_DELAY_BLOCKS),
        },
      },
    );
    try {
      const client = createClient({ urls: network.urls, chainId: CHAIN_ID });
      const summary = await Promise.race([
        playEconomy({ client, months, seed, onMonth: printer.month }),
        stopped,
      ]);
      if (summary) printer.summary(summary);
      process.exitCode = signal.aborted ? 130 : summary?.violations.length ? 1 : 0;
    } finally {
      await network.stop();
    }
  } catch (error) {
    process.stderr.write(`${inWords(error)}\n`);
    process.exitCode = 1;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
