import { z } from 'zod';
import { address, atMs, double, height, maybe, nonce, topicId } from './common';

export const inferenceMode = z
  .enum([
    'INFERENCE_MODE_WEIGHTED',
    'INFERENCE_MODE_ALL_NEW',
    'INFERENCE_MODE_MEDIAN',
    'INFERENCE_MODE_SINGLE',
    'INFERENCE_MODE_NONE',
    'INFERENCE_MODE_UNSPECIFIED',
  ])
  .meta({
    id: 'InferenceMode',
    description:
      'How the values were combined: weighed by regrets; plainly, while no worker has a record; by the median, while the topic ' +
      'has no losses; one alone; nobody answered.',
  });

const interval = z
  .array(z.number())
  .length(2)
  .nullable()
  .meta({ description: 'Lower and upper bound; null where there are no weights.', example: [98, 102] });

export const trust = z
  .object({
    status: z.enum(['fresh', 'stale', 'degraded']).meta({ example: 'fresh' }),
    reasons: z
      .array(
        z.object({
          code: z.enum(['EPOCHS_BEHIND', 'OLD', 'UNPROVEN', 'FEW_WORKERS', 'WIDE_INTERVAL']),
          text: z.string(),
        }),
      )
      .meta({
        description: 'Why it is not fresh; EPOCHS_BEHIND and OLD make it stale, the others degraded.',
      }),
    ageSeconds: maybe(z.int().min(0)).meta({
      description:
        'Since the network told it. Null of an epoch asked for by its nonce: that is judged as of its own time.',
    }),
    epochsBehind: maybe(z.int().min(0)).meta({ description: 'Epochs whose workers’ time has ended since.' }),
    effectiveWorkers: z.number().meta({ description: '(Σw)²/Σw²: as many equal workers.', example: 3.6 }),
    intervalWidth: maybe(z.number()).meta({ description: 'Of the 95 % interval.' }),
    relativeIntervalWidth: maybe(z.number()).meta({ description: 'The same in parts of the value’s size.' }),
  })
  .meta({ id: 'Trust', description: 'How much the answer is worth, and why.' });

const percentile = z.object({
  percentile: maybe(z.number()).meta({ example: 84.13 }),
  value: z.number(),
});

const outlier = z.object({ worker: address, role: z.enum(['inferer', 'forecaster']) });

/** An epoch's inference without the workers' parts of it. */
export const summaryShape = {
  topicId,
  nonce,
  mode: inferenceMode,
  combined: maybe(double).meta({
    description: 'The network’s answer; null when nobody answered.',
    example: 101.5,
  }),
  naive: maybe(double).meta({ description: 'The same without the forecasters.' }),
  outlierResistant: maybe(double).meta({
    description:
      'The combined value again without values further from the median than 11 median absolute deviations.',
  }),
  outliers: z.array(outlier).meta({ description: 'Whose values that left out.' }),
  confidenceValues: z.array(z.number()),
  confidenceInterval: z
    .array(percentile)
    .meta({ description: 'Values at 2.28, 15.87, 50, 84.13 and 97.72 percent.' }),
  interval68: interval,
  interval95: interval,
  effectiveWorkers: z.number(),
  networkLoss: maybe(z.number()),
  initialRegret: z.number(),
};

/** What consumers are answered with, of an epoch's inference. */
export const answerShape = {
  ...summaryShape,
  inferers: z.array(
    z.object({
      inferer: address,
      value: z.string().meta({ description: 'As submitted.', example: '101.50' }),
      weight: maybe(z.number()),
      share: maybe(z.number()).meta({ description: 'Part of all weights.' }),
      regret: z.number(),
    }),
  ),
  forecasters: z.array(
    z.object({
      forecaster: address,
      forecastImplied: z.number(),
      weight: maybe(z.number()),
      share: maybe(z.number()),
      regret: z.number(),
    }),
  ),
  oneOutInferer: z.array(z.number()),
  oneOutForecaster: z.array(z.number()),
  oneInForecaster: z.array(z.number()),
};

export const timesShape = {
  times: z.object({
    workerWindowOpenedMs: maybe(atMs),
    workerWindowClosedMs: maybe(atMs),
    inferenceMs: maybe(atMs).meta({ description: 'When the network told the inference.' }),
  }),
  heights: z.object({ workerWindowOpened: maybe(height), workerWindowClosed: maybe(height) }),
};

export const askedPercentiles = z.array(percentile).optional().meta({
  description: 'Values at the percentiles that were asked for; none where the network gave no weights.',
});

export const latestInference = z
  .object({ ...answerShape, ...timesShape, trust, percentiles: askedPercentiles })
  .meta({ id: 'Inference', description: 'A network inference, and how much it is worth.' });

export const INFERENCE_FIELDS = [
  'topicId',
  'nonce',
  'mode',
  'combined',
  'naive',
  'outlierResistant',
  'outliers',
  'confidenceValues',
  'confidenceInterval',
  'interval68',
  'interval95',
  'effectiveWorkers',
  'inferers',
  'forecasters',
  'oneOutInferer',
  'oneOutForecaster',
  'oneInForecaster',
  'networkLoss',
  'initialRegret',
  'times',
  'heights',
  'trust',
  'percentiles',
] as const;

export const inferencePoint = z
  .object({
    nonce,
    atMs: atMs.meta({ description: 'When the network told it.' }),
    mode: inferenceMode,
    combined: double,
    naive: maybe(double),
    outlierResistant: maybe(double),
    interval68: interval,
    interval95: interval,
    effectiveWorkers: z.number(),
    trust,
  })
  .meta({ id: 'InferencePoint', description: 'One inference of a topic’s history.' });

export const bar = z
  .object({
    fromMs: maybe(atMs).meta({ description: 'Start of the bar (inclusive); null of bars of epochs.' }),
    toMs: maybe(atMs).meta({ description: 'Its end (exclusive).' }),
    fromNonce: nonce.meta({ description: 'First epoch in it.' }),
    toNonce: nonce.meta({ description: 'Last epoch in it.' }),
    firstMs: atMs,
    lastMs: atMs,
    open: double,
    high: double,
    low: double,
    close: double,
    mean: double,
    count: z.int().min(1),
    intervalWidth: maybe(z.number()).meta({
      description: 'Mean width of the 95 % intervals; null where none had one.',
    }),
  })
  .meta({ id: 'Bar' });

export const workerValue = z
  .object({
    worker: address,
    role: z.enum(['inferer', 'forecaster']),
    active: z.boolean().meta({ description: 'False: it submitted, but its rank was below the active set.' }),
    value: maybe(z.string()).meta({
      description: 'As submitted; of a forecaster the inference implied by its forecast.',
    }),
    weight: maybe(z.number()),
    share: maybe(z.number()),
    regret: maybe(z.number()),
    loss: maybe(z.number()).meta({ description: 'log10 of its loss, once reputers told.' }),
    score: maybe(z.number()),
    emaScore: maybe(z.number()),
    rank: maybe(z.int()).meta({ description: 'Of the inactive: place by EMA score.' }),
    paidUallo: maybe(z.string()).meta({ description: 'Null until the epoch is paid.' }),
  })
  .meta({ id: 'WorkerValue' });
