import { targetNames } from '@allora/forecaster/target';
import { z } from 'zod';

const column = z.string().min(1);
const rowKeys = { timeColumn: column.optional(), heightColumn: column.optional() };
export const parameterMap = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]).transform(String),
);
const url = z.url({ protocol: /^https?$/ });
/** A template is no URL before it is filled. */
const endpoint = z.string().regex(/^https?:\/\/\S+$/, 'expected an http or https address');

const replayFields = {
  file: z.string().min(1),
  firstNonce: z.int().describe('nonce at which the row firstRow is the latest known'),
  firstRow: z.int().min(0).default(0),
  blocksPerRow: z.int().min(1),
};

/** Where rows of numbers come from. */
export const sourceConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('csv'), file: z.string().min(1), ...rowKeys }),
  z.strictObject({ type: z.literal('http'), url, ...rowKeys }),
  z.strictObject({ type: z.literal('replay'), ...replayFields }),
]);
export type SourceConfig = z.output<typeof sourceConfig>;

const feature = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lag'), column, steps: z.array(z.int().min(0)).min(1) }),
  z.strictObject({
    kind: z.literal('return'),
    column,
    steps: z.array(z.int().min(1)).min(1),
    log: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('window'),
    column,
    length: z.int().min(1),
    statistic: z.enum(['mean', 'std', 'min', 'max', 'median', 'sum', 'slope']),
  }),
  z.strictObject({
    kind: z.literal('calendar'),
    of: z.enum(['minuteOfHour', 'hourOfDay', 'dayOfWeek', 'dayOfMonth', 'monthOfYear']),
    cyclic: z.boolean().optional(),
  }),
]);

const httpModel = z.strictObject({
  type: z.literal('http'),
  url: endpoint,
  parameters: parameterMap.optional(),
});
const programModel = z.strictObject({
  type: z.literal('program'),
  command: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
});
const functionModel = z.strictObject({
  type: z.literal('function'),
  module: z.string().min(1),
  export: z.string().min(1).optional(),
});
const onnxModel = z.strictObject({
  type: z.literal('onnx'),
  file: z.string().min(1),
  source: sourceConfig,
  features: z.array(feature).min(1),
  input: z.string().optional(),
  output: z.string().optional(),
  dtype: z.enum(['float32', 'float64']).default('float32'),
  result: z
    .discriminatedUnion('as', [
      z.strictObject({ as: z.literal('value') }),
      z.strictObject({ as: z.literal('return'), of: column }),
      z.strictObject({ as: z.literal('logReturn'), of: column }),
      z.strictObject({ as: z.literal('difference'), of: column }),
    ])
    .default({ as: 'value' }),
});

export const inferenceModelConfig = z.discriminatedUnion('type', [
  httpModel,
  programModel,
  functionModel,
  onnxModel,
]);
export type InferenceModelConfig = z.output<typeof inferenceModelConfig>;

const builtInForecaster = z.strictObject({
  type: z.literal('built-in'),
  target: z.enum(targetNames).default('regret').describe('what it learns of an inferer'),
  historyEpochs: z.int().min(20).max(5_000).default(500).describe('past epochs read at first'),
});

export const forecastModelConfig = z.discriminatedUnion('type', [
  httpModel,
  programModel,
  functionModel,
  builtInForecaster,
]);
export type ForecastModelConfig = z.output<typeof forecastModelConfig>;

const seriesTruth = {
  column,
  offsetBlocks: z.int().optional().describe("added to the nonce; the topic's lag unless given"),
  match: z.enum(['exact', 'latest']).default('latest'),
};

export const truthConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('http'), url: endpoint, parameters: parameterMap.optional() }),
  z.strictObject({ type: z.literal('csv'), file: z.string().min(1), ...rowKeys, ...seriesTruth }),
  z.strictObject({ type: z.literal('rows'), url, ...rowKeys, ...seriesTruth }),
  z.strictObject({
    type: z.literal('replay'),
    ...replayFields,
    column,
    aheadRows: z.int().min(0).default(1),
  }),
  functionModel,
]);
export type TruthConfig = z.output<typeof truthConfig>;

export const lossConfig = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('topic'),
    options: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  }),
  z.strictObject({
    type: z.literal('http'),
    url,
    options: parameterMap.default({}),
    isNeverNegative: z.boolean().optional(),
    maxConcurrent: z.int().min(1).max(256).optional(),
  }),
]);
export type LossConfig = z.output<typeof lossConfig>;
