import type { SourceConfig } from '@allora/runner/config/source-config';
import type { z } from 'zod';
import type { runnerConfig } from '@allora/runner/config/runner-config';
import { type Command, InvalidArgumentError } from 'commander';
import { splitWords } from './arguments';
import { usageError } from './exit-codes';

type WorkerInput = NonNullable<z.input<typeof runnerConfig>['workers']>[number];
type InferenceInput = NonNullable<WorkerInput['inference']>;
type ForecastInput = NonNullable<WorkerInput['forecast']>;
type OnnxInput = Extract<InferenceInput, { type: 'onnx' }>;
type Feature = OnnxInput['features'][number];

/** The simplest ways to name a model on the command line; everything else is for a configuration file. */
export interface ModelOptions {
  readonly command?: string[];
  readonly http?: string;
  readonly module?: string;
  readonly onnx?: string;
  readonly data?: string;
  readonly feature?: Feature[];
  readonly timeColumn?: string;
  readonly heightColumn?: string;
  readonly forecastCommand?: string[];
  readonly forecastHttp?: string;
  readonly forecastModule?: string;
}

export const withInferenceOptions = (command: Command): Command =>
  command
    .option('--command <line>', 'model: a program that answers lines of JSON', splitWords)
    .option('--http <url>', 'model: an HTTP address; {BlockHeight} and {TopicId} are filled in')
    .option('--module <file>', 'model: a JavaScript or TypeScript file that exports infer')
    .option('--onnx <file>', 'model: an ONNX file, with --data and --feature')
    .option('--data <file>', 'CSV that the features of the ONNX model are taken from')
    .option(
      '--feature <feature>',
      'lag:COLUMN:STEPS, return:COLUMN:STEPS, window:COLUMN:LENGTH:STATISTIC or calendar:OF; repeatable',
      addFeature,
    )
    .option('--time-column <column>', 'time of the rows of --data')
    .option('--height-column <column>', 'block height of the rows of --data');

export const withModelOptions = (command: Command): Command =>
  withInferenceOptions(command)
    .option('--forecast-command <line>', "forecaster of the others' losses: a program", splitWords)
    .option('--forecast-http <url>', 'the same: an HTTP address')
    .option('--forecast-module <file>', 'the same: a file that exports forecast');

const numbers = (text: string): number[] =>
  text.split(',').map((one) => {
    if (/^\d{1,6}$/.test(one)) return Number(one);
    throw new InvalidArgumentError(`expected whole numbers such as 1,2,3, not ${text}`);
  });

function addFeature(text: string, before: Feature[] = []): Feature[] {
  return [...before, parseFeature(text)];
}

export function parseFeature(text: string): Feature {
  const [kind, column = '', third = '', fourth = ''] = text.split(':');
  if (kind === 'lag' || kind === 'return') return { kind, column, steps: numbers(third) };
  if (kind === 'window') {
    const [length = 0] = numbers(third);
    return { kind, column, length, statistic: fourth as Extract<Feature, { kind: 'window' }>['statistic'] };
  }
  if (kind === 'calendar') return { kind, of: column as Extract<Feature, { kind: 'calendar' }>['of'] };
  throw new InvalidArgumentError('expected lag:…, return:…, window:… or calendar:…');
}

/** At most one of each: what names the first two is told to the user. */
function onlyOne<T>(found: readonly (readonly [string, T | undefined])[]): T | undefined {
  const given = found.filter(([, model]) => model !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' and ');
    throw usageError(`${names} exclude each other`, 'Give one, or write a configuration file for several.');
  }
  return given[0]?.[1];
}

export function inferenceOf(options: ModelOptions): InferenceInput | undefined {
  const { command, http, module, onnx } = options;
  return onlyOne<InferenceInput>([
    ['--command', command && { type: 'program', command }],
    ['--http', http === undefined ? undefined : { type: 'http', url: http }],
    ['--module', module === undefined ? undefined : { type: 'function', module }],
    ['--onnx', onnx === undefined ? undefined : onnxOf(onnx, options)],
  ]);
}

export function forecastOf({
  forecastCommand: command,
  forecastHttp: url,
  forecastModule: module,
}: ModelOptions) {
  return onlyOne<ForecastInput>([
    ['--forecast-command', command && { type: 'program', command }],
    ['--forecast-http', url === undefined ? undefined : { type: 'http', url }],
    ['--forecast-module', module === undefined ? undefined : { type: 'function', module }],
  ]);
}

function onnxOf(file: string, { data, feature, timeColumn, heightColumn }: ModelOptions): OnnxInput {
  if (data === undefined || feature === undefined)
    throw usageError('an ONNX model wants --data and --feature', 'Tell where its features come from.');
  const source: SourceConfig = {
    ...{ type: 'csv' as const, file: data },
    ...(timeColumn === undefined ? {} : { timeColumn }),
    ...(heightColumn === undefined ? {} : { heightColumn }),
  };
  return { type: 'onnx', file, source, features: feature };
}
