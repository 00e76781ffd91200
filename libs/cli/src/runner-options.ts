import path from 'node:path';
import { configErrorOf } from '@allora/runner/config/config-error';
import { type LoadedConfig, loadRunnerConfig } from '@allora/runner/config/load-config';
import { runnerConfig, type RunnerConfigInput } from '@allora/runner/config/runner-config';
import type { Accounts } from '@allora/runner/keys/accounts';
import { openAccounts } from '@allora/runner/keys/accounts';
import type { Command } from 'commander';
import { parseAmount } from './amounts';
import { parseCount, parsePort, parseTopic } from './arguments';
import { usageError } from './exit-codes';
import { openingPassword } from './key-files';
import { forecastOf, inferenceOf, type ModelOptions } from './model-options';
import type { Session } from './session';

/** Who works, by a file or by options. */
export interface WhoOptions extends ModelOptions {
  readonly config?: string;
  readonly topic?: number;
  readonly truthCsv?: string;
  readonly truthHttp?: string;
  readonly truthModule?: string;
  readonly column?: string;
  readonly minStake?: bigint;
  readonly shadow?: boolean;
}

export interface RunOptions extends WhoOptions {
  readonly stateDir?: string;
  readonly statusPort?: number;
  readonly dryRun?: boolean;
  readonly windows?: number;
  readonly verbose?: boolean;
}

export const withWho = (command: Command): Command =>
  command
    .option('-c, --config <file>', "configuration of the runner, or the off-chain node's config.json")
    .option('-t, --topic <id>', 'the topic, without a configuration', parseTopic);

export const withTruthOptions = (command: Command): Command =>
  command
    .option('--truth-csv <file>', 'truth: a CSV with --column, and --time-column or --height-column')
    .option('--truth-http <url>', 'truth: an HTTP address; {BlockHeight} is the nonce that is scored')
    .option('--truth-module <file>', 'truth: a file that exports truth')
    .option('--column <column>', 'column of the CSV')
    .option('--min-stake <amount>', 'bring the own stake up to this', parseAmount);

export const withRunOptions = (command: Command): Command =>
  command
    .option('--state-dir <folder>', 'journals, which must outlive the process; ~/.allora/runner')
    .option('--status-port <port>', 'of the status page; a free one', parsePort)
    .option('--windows <n>', 'end after so many windows were answered', parseCount)
    .option('--dry-run', 'build and show the answers, and send nothing')
    .option('--verbose', 'tell everything the runner tells');

type ReputerInput = NonNullable<RunnerConfigInput['reputers']>[number];

interface RowOptions extends WhoOptions {
  readonly timeColumn?: string;
  readonly heightColumn?: string;
}

function truthOf({
  truthCsv,
  truthHttp,
  truthModule,
  column,
  timeColumn,
  heightColumn,
}: RowOptions): ReputerInput['truth'] {
  const given = [truthCsv, truthHttp, truthModule].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw usageError(
      'a reputer wants one truth',
      'Give --truth-csv, --truth-http or --truth-module, or --config.',
    );
  if (truthHttp !== undefined) return { type: 'http', url: truthHttp };
  if (truthModule !== undefined) return { type: 'function', module: truthModule };
  if (column === undefined)
    throw usageError('--truth-csv wants --column', 'Name the column that holds the truth.');
  const rows = {
    ...(timeColumn === undefined ? {} : { timeColumn }),
    ...(heightColumn === undefined ? {} : { heightColumn }),
  };
  return { type: 'csv', file: truthCsv!, column, ...rows };
}

function participantOf(role: 'worker' | 'reputer', topicId: number, options: WhoOptions) {
  if (role === 'reputer') {
    const { minStake } = options;
    const stake = minStake === undefined ? {} : { minStakeUallo: String(minStake) };
    return { reputers: [{ topicId, truth: truthOf(options), ...stake }] };
  }
  const [inference, forecast] = [inferenceOf(options), forecastOf(options)];
  if (!inference && !forecast)
    throw usageError('a worker wants a model', 'Give --command, --http, --module or --onnx, or --config.');
  const standing = options.shadow ? { shadow: true } : {};
  const models = { ...(inference ? { inference } : {}), ...(forecast ? { forecast } : {}) };
  return { workers: [{ topicId, ...models, ...standing }] };
}

/** Out of a file everyone that is in it, and out of options the one they describe. */
export async function loadWho(
  session: Session,
  role: 'worker' | 'reputer',
  options: RunOptions,
): Promise<LoadedConfig> {
  const { around } = session;
  const stateDir = options.stateDir === undefined ? undefined : path.resolve(around.cwd, options.stateDir);
  const asked = {
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(options.statusPort === undefined ? {} : { status: { host: '127.0.0.1', port: options.statusPort } }),
    ...(options.dryRun ? { dryRun: true } : {}),
  };
  if (options.config !== undefined) {
    const extras = { network: { url: session.url } };
    const loaded = await loadRunnerConfig({ file: options.config, cwd: around.cwd, env: around.env, extras });
    const network = session.urlIsTold ? { network: { ...loaded.config.network, url: session.url } } : {};
    return { ...loaded, config: { ...loaded.config, ...network, ...asked } };
  }
  if (options.topic === undefined)
    throw usageError('neither --config nor --topic is given', 'Give one of them.');
  const read = runnerConfig.safeParse({
    network: { url: session.url },
    stateDir: path.join(around.home, '.allora', 'runner'),
    status: { port: 0 },
    ...asked,
    ...participantOf(role, options.topic, options),
  });
  if (!read.success) throw configErrorOf('the options', read.error);
  return { config: read.data, baseDir: around.cwd, warnings: [] };
}

/** Keys that the file names, else that of --key. A key file of the configuration opens by the same password. */
export async function openWho(session: Session, loaded: LoadedConfig): Promise<Accounts> {
  const { around } = session;
  const { config, mnemonic } = loaded;
  const identities = Object.entries(config.identities);
  if (identities.length === 0 && mnemonic === undefined && !around.env['ALLORA_PRIVATE_KEY'])
    return new Map([['', await session.account()]]);
  const env = { ...around.env };
  for (const [name, identity] of identities) {
    if ('keystore' in identity) env[identity.passphraseEnv] ??= await openingPassword(name, around);
  }
  return openAccounts(loaded, env);
}
