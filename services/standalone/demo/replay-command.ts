import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { createClient } from '@allora/sdk/client';
import { inWords, seconds, stopSignal, whole } from './command-line';
import { borrowParts } from './distributed-parts';
import { startDistributed, startStandalone, type NetworkUrls } from './network';
import { openMarketFile } from './market-file';
import { createPrinter, type Printer } from './print';
import { runDemo } from './run-demo';

interface Options {
  readonly epochs: number;
  readonly seed: string;
  readonly json: boolean;
  readonly live: boolean;
  readonly epochSeconds: number;
  readonly httpPort?: number;
  readonly dataDir?: string;
  readonly distributed: boolean;
  readonly url?: string;
  readonly chainId: string;
}

/** The market of forecasting programs; what the demo does unless told otherwise. */
export function replayCommand(name: string): Command {
  return new Command(name)
    .description('Replays twenty years of S&P 500 prices on a network of forecasting programs.')
    .option('--epochs <n>', 'epochs of the replay, one trading day each', whole(1, 20_000), 300)
    .option('--seed <s>', 'decides keys, first day and the gambler; the same seed gives the same bits', '1')
    .option('--json', 'JSON lines and nothing else', false)
    .option('--live', 'after the replay go on at a steady pace until stopped', false)
    .option('--epoch-seconds <s>', 'length of a live epoch', seconds, 5)
    .option('--http-port <port>', 'port of the network, a free one by default', whole(0, 65_535))
    .option(
      '--data-dir <dir>',
      'keeps data and logs there; by default a directory that is removed at the end',
    )
    .option('--distributed', 'seven processes over Kafka, PostgreSQL and Redis', false)
    .option('--url <url>', 'a network that runs already, with a manual clock and an open faucet')
    .option('--chain-id <id>', 'network that signatures are for', process.env['CHAIN_ID'] ?? 'allora-local-1')
    .action((options: Options) => replay(options));
}

interface Playground {
  readonly urls: NetworkUrls;
  close(): Promise<void>;
}

async function runningNetwork(url: string): Promise<Playground> {
  const urls = {
    gateway: url,
    topicCoordinator: url,
    inferenceIngest: url,
    forecastIngest: url,
    reputation: url,
    rewards: url,
  };
  return { urls, close: () => Promise.resolve() };
}

async function ownNetwork(options: Options): Promise<Playground> {
  const root = process.cwd();
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir
    ? path.resolve(options.dataDir)
    : await mkdtemp(path.join(os.tmpdir(), 'allora-demo-'));
  const tidy = async (): Promise<void> => {
    if (temporary) await rm(dataDir, { recursive: true, force: true });
  };
  const place = { root, dataDir };
  if (!options.distributed) {
    const port = options.httpPort === undefined ? {} : { httpPort: options.httpPort };
    const network = await startStandalone(place, { ...port, env: { CHAIN_ID: options.chainId } });
    return {
      urls: network.urls,
      close: async () => {
        await network.stop();
        await tidy();
      },
    };
  }
  const parts = await borrowParts(root);
  try {
    const network = await startDistributed(place, parts);
    return {
      urls: network.urls,
      close: async () => {
        await network.stop();
        await parts.giveBack();
        await tidy();
      },
    };
  } catch (error) {
    await parts.giveBack();
    throw error;
  }
}

/** Starts or finds a network, plays on it, and stops it in order whatever happened. */
async function replay(options: Options): Promise<void> {
  const printer = createPrinter(process.stdout, {
    json: options.json,
    noColor: Boolean(process.env['NO_COLOR']),
  });
  const { signal, stopped } = stopSignal();
  printer.note('Starting the network …');
  let playground: Playground | undefined;
  try {
    playground = await (options.url ? runningNetwork(options.url) : ownNetwork(options));
    printer.note(`Gateway: ${playground.urls.gateway}`);
    // A stopped replay is left where it is; the network behind it is stopped in order all the same.
    await Promise.race([play(options, { printer, signal, urls: playground.urls }), stopped]);
    if (signal.aborted && !options.live) process.exitCode = 130;
  } catch (error) {
    process.stderr.write(`${inWords(error)}\n`);
    process.exitCode = 1;
  } finally {
    await playground?.close();
  }
}

function play(
  options: Options,
  { printer, signal, urls }: { printer: Printer; signal: AbortSignal; urls: NetworkUrls },
): Promise<unknown> {
  const client = createClient({ urls, chainId: options.chainId, adminToken: process.env['ADMIN_TOKEN'] });
  const live = {
    epochMs: options.epochSeconds * 1_000,
    signal,
    onTrouble: (error: unknown) => {
      // At a stop the network goes in the middle of an epoch, and no next one is tried.
      if (!signal.aborted) printer.note(`An epoch failed, the next one is tried: ${String(error)}`);
    },
  };
  const marketFile = options.live && options.dataDir ? path.join(options.dataDir, 'market.csv') : null;
  return runDemo({
    client,
    epochs: options.epochs,
    seed: options.seed,
    ...(marketFile ? { onDay: openMarketFile(marketFile) } : {}),
    onTopic: (topicId) => printer.note(`Topic ${topicId}: ${urls.gateway}/v1/topics/${topicId}/inference`),
    onEpoch: printer.epoch,
    onSummary: (summary) => {
      printer.summary(summary);
      if (!options.live) return;
      if (marketFile) printer.note(`Prices, as they become known: ${marketFile}`);
      printer.note(`Live now, an epoch each ${options.epochSeconds} s. Stop with Ctrl-C.`);
    },
    ...(options.live ? { live } : {}),
  });
}
