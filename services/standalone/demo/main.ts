import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import { borrowParts } from './distributed-parts';
import { startDistributed, startStandalone, type NetworkUrls } from './network';
import { createPrinter } from './print';
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

const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
    }
    return value;
  };

const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0.01 && value <= 86_400))
    throw new InvalidArgumentError('expected seconds, from 0.01 to 86400');
  return value;
};

function readOptions(): Options {
  return new Command()
    .name('demo')
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
    .parse()
    .opts<Options>();
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

function inWords(error: unknown): string {
  if (error instanceof AlloraError) return `${error.message}\n${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}

const options = readOptions();
const printer = createPrinter(process.stdout, {
  json: options.json,
  noColor: Boolean(process.env['NO_COLOR']),
});
const stopping = new AbortController();
const stopped = new Promise<void>((resolve) => {
  stopping.signal.addEventListener('abort', () => resolve());
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

printer.note('Starting the network …');
let playground: Playground | undefined;
try {
  playground = await (options.url ? runningNetwork(options.url) : ownNetwork(options));
  const { urls } = playground;
  printer.note(`Gateway: ${urls.gateway}`);
  const client = createClient({ urls, chainId: options.chainId, adminToken: process.env['ADMIN_TOKEN'] });
  const demo = runDemo({
    client,
    epochs: options.epochs,
    seed: options.seed,
    onTopic: (topicId) => printer.note(`Topic ${topicId}: ${urls.gateway}/v1/topics/${topicId}/inference`),
    onEpoch: printer.epoch,
    onSummary: (summary) => {
      printer.summary(summary);
      if (options.live) printer.note(`Live now, an epoch each ${options.epochSeconds} s. Stop with Ctrl-C.`);
    },
    ...(options.live
      ? {
          live: {
            epochMs: options.epochSeconds * 1_000,
            signal: stopping.signal,
            onTrouble: (error) => printer.note(`An epoch failed, the next one is tried: ${String(error)}`),
          },
        }
      : {}),
  });
  // A stopped replay is left where it is; the network behind it is stopped in order all the same.
  await Promise.race([demo, stopped]);
  if (stopping.signal.aborted && !options.live) process.exitCode = 130;
} catch (error) {
  process.stderr.write(`${inWords(error)}\n`);
  process.exitCode = 1;
} finally {
  await playground?.close();
}
process.exit();
