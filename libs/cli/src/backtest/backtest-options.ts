import type { LossOptions } from '@allora/protocol/loss/loss-options';
import { configErrorOf } from '@allora/runner/config/config-error';
import { type RunnerConfig, runnerConfig } from '@allora/runner/config/runner-config';
import {
  type InferenceModelConfig,
  type TruthConfig,
  truthConfig,
} from '@allora/runner/config/source-config';
import { type Command, InvalidArgumentError } from 'commander';
import { parseAddress, parseCount, parseNonce } from '../arguments';
import { usageError } from '../exit-codes';
import { inferenceOf, type ModelOptions, withInferenceOptions } from '../model-options';
import { loadWho, withWho } from '../runner-options';
import type { Session } from '../session';

export interface BacktestCliOptions extends ModelOptions {
  readonly config?: string;
  readonly topic?: number;
  readonly address?: string;
  readonly from?: number;
  readonly to?: number;
  readonly seed?: number;
  readonly truthCsv?: string;
  readonly truthColumn?: string;
  readonly truthTimeColumn?: string;
  readonly truthHeightColumn?: string;
  readonly truthHttp?: string;
  readonly truthModule?: string;
  readonly lossOption?: LossOptions;
  readonly plot?: string;
  readonly record?: string;
  readonly fromRecord?: string;
}

export const withBacktestOptions = (command: Command): Command =>
  withInferenceOptions(withWho(command))
    .option('--from <nonce>', 'the model begins with this epoch', parseNonce)
    .option('--to <nonce>', 'last epoch', parseNonce)
    .option('--address <address>', 'answer as this worker; a stand-in unless told', parseAddress)
    .option('--truth-csv <file>', 'truth, where losses do not tell it: a CSV with --truth-column')
    .option('--truth-column <column>', 'its column')
    .option('--truth-time-column <column>', 'time of its rows')
    .option('--truth-height-column <column>', 'block height of its rows')
    .option('--truth-http <url>', 'truth: an HTTP address; {BlockHeight} is the nonce that is scored')
    .option('--truth-module <file>', 'truth: a file that exports truth')
    .option(
      '--loss-option <name=number>',
      'of the loss, if the topic does not state it; repeatable',
      addLossOption,
    )
    .option('--plot <file>', 'write plots to this .html or .svg file')
    .option('--record <file>', "keep the topic's history")
    .option('--from-record <file>', 'read the history from there instead of the network')
    .option('--seed <n>', 'of the interval', parseCount);

function addLossOption(text: string, before: LossOptions = {}): LossOptions {
  const [name = '', value = ''] = text.split('=');
  if (name !== '' && value.trim() !== '' && Number.isFinite(Number(value)))
    return { ...before, [name]: Number(value) };
  throw new InvalidArgumentError('expected NAME=NUMBER, such as std=0.02');
}

/** A model with everything that opening it takes. */
export interface Candidate {
  /** Undefined where only the record can tell. */
  readonly topicId: number | undefined;
  readonly inference: InferenceModelConfig;
  readonly config: RunnerConfig;
  /** Relative paths are from here. */
  readonly baseDir: string;
}

export async function candidateOf(session: Session, options: BacktestCliOptions): Promise<Candidate> {
  if (options.config !== undefined) return fromFile(session, options);
  const { topic: topicId } = options;
  if (topicId === undefined && options.fromRecord === undefined)
    throw usageError('no topic is named', 'Give --topic, or --config.');
  const inference = inferenceOf(options);
  if (!inference)
    throw usageError('a backtest wants a model', 'Give --command, --http, --module or --onnx, or --config.');
  const read = runnerConfig.safeParse({ workers: [{ topicId: topicId ?? 1, inference }] });
  if (!read.success) throw configErrorOf('the options', read.error);
  const parsed = read.data.workers[0]!.inference!;
  return { topicId, inference: parsed, config: read.data, baseDir: session.around.cwd };
}

/** The file's only inferer, or that of the topic which is named. */
async function fromFile(session: Session, options: BacktestCliOptions): Promise<Candidate> {
  const { config, baseDir } = await loadWho(session, 'worker', options);
  const found = config.workers.filter(
    ({ topicId, inference }) => inference && (options.topic ?? topicId) === topicId,
  );
  const [one, another] = found;
  if (!one?.inference)
    throw usageError(`${options.config} has no inferer of that topic`, 'Name another topic: --topic.');
  if (another)
    throw usageError(
      `${options.config} has several inferers`,
      'Name a topic that one of them is in: --topic.',
    );
  return { topicId: one.topicId, inference: one.inference, config, baseDir };
}

export function truthOptionOf(options: BacktestCliOptions): TruthConfig | undefined {
  const { truthCsv: file, truthColumn: column, truthTimeColumn, truthHeightColumn } = options;
  const { truthHttp: url, truthModule: module } = options;
  const given = [file, url, module].filter((one) => one !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1)
    throw usageError('one truth is enough', 'Give --truth-csv, --truth-http or --truth-module.');
  const rows = {
    ...(truthTimeColumn === undefined ? {} : { timeColumn: truthTimeColumn }),
    ...(truthHeightColumn === undefined ? {} : { heightColumn: truthHeightColumn }),
  };
  if (file !== undefined && Object.keys(rows).length !== 1)
    throw usageError(
      '--truth-csv wants --truth-time-column or --truth-height-column',
      'Name the column by which its rows are found.',
    );
  const read = truthConfig.safeParse(
    file !== undefined
      ? { type: 'csv', file, column: column ?? '', ...rows }
      : url !== undefined
        ? { type: 'http', url }
        : { type: 'function', module },
  );
  if (!read.success) throw configErrorOf('the truth', read.error);
  return read.data;
}
