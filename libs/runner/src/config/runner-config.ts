import { z } from 'zod';
import { forecastModelConfig, inferenceModelConfig, lossConfig, truthConfig } from './source-config';

const milliseconds = (defaultMs: number, help: string) => z.int().min(0).default(defaultMs).describe(help);

/** Where a private key comes from; it is never written into a configuration. */
const identityConfig = z.union([
  z.strictObject({
    keystore: z.string().min(1),
    passphraseEnv: z.string().min(1).default('ALLORA_PASSPHRASE'),
  }),
  z.strictObject({ keyEnv: z.string().min(1) }),
  z.strictObject({ mnemonicEnv: z.string().min(1) }),
]);

const topicId = z.int().min(1);
const identity = z.string().min(1).optional();

const workerConfig = z
  .strictObject({
    topicId,
    identity,
    inference: inferenceModelConfig.optional(),
    forecast: forecastModelConfig.optional(),
    shadow: z
      .boolean()
      .optional()
      .describe('true: scored, but neither weighted nor paid; absent: as it is registered, or a worker'),
  })
  .refine(({ inference, forecast }) => inference !== undefined || forecast !== undefined, {
    error: 'a worker has an inference model, a forecast model or both',
  });

const reputerConfig = z.strictObject({
  topicId,
  identity,
  truth: truthConfig,
  loss: lossConfig.default({ type: 'topic' }),
  minStakeUallo: z
    .union([z.string().regex(/^\d{1,38}$/), z.int().min(0)])
    .transform(BigInt)
    .default(0n)
    .describe('own stake is topped up to this; 0 leaves it alone'),
});

export const limitsConfig = z.strictObject({
  modelTimeoutMs: milliseconds(30_000, 'limit of one call of a model, a truth or a loss service'),
  maxRetries: z.int().min(0).default(20).describe('calls after a failed one, while the window is open'),
  retryDelayMs: milliseconds(1_000, 'wait between such calls'),
  jitterMs: milliseconds(0, 'random wait before a model is asked'),
  launchDelayMs: milliseconds(0, 'wait between the starts of participants'),
  pollMs: milliseconds(15_000, 'how often windows are asked for beside the stream'),
  requestTimeoutMs: milliseconds(10_000, 'limit of one request to the network'),
  blockMs: z
    .int()
    .min(1)
    .optional()
    .describe('time of a block, where it is known: calls end well before the window'),
});
export type Limits = z.output<typeof limitsConfig>;

export const runnerConfig = z
  .strictObject({
    network: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }),
        chainId: z.string().min(1).optional().describe('asked of the network unless given'),
      })
      .default({ url: 'http://127.0.0.1:8080' }),
    stateDir: z
      .string()
      .min(1)
      .default('.allora-runner')
      .describe('journals, which must outlive the process'),
    status: z
      .union([
        z.literal(false),
        z.strictObject({
          host: z.string().default('127.0.0.1'),
          port: z.int().min(0).max(65_535).default(2112),
        }),
      ])
      .prefault({}),
    dryRun: z.boolean().default(false).describe('build and show, and send nothing'),
    limits: limitsConfig.prefault({}),
    identities: z.record(z.string(), identityConfig).default({}),
    workers: z.array(workerConfig).default([]),
    reputers: z.array(reputerConfig).default([]),
  })
  .superRefine(checkIdentities)
  .superRefine(checkRepeats);

export type RunnerConfig = z.output<typeof runnerConfig>;
export type RunnerConfigInput = z.input<typeof runnerConfig>;
export type WorkerConfig = RunnerConfig['workers'][number];
export type ReputerConfig = RunnerConfig['reputers'][number];
export type IdentityConfig = RunnerConfig['identities'][string];

type Refinement = z.core.$RefinementCtx;
interface Checked {
  readonly identities: Readonly<Record<string, unknown>>;
  readonly workers: readonly { readonly topicId: number; readonly identity?: string | undefined }[];
  readonly reputers: readonly { readonly topicId: number; readonly identity?: string | undefined }[];
}

const participants = ({ workers, reputers }: Checked) => [
  ...workers.map((one, i) => ({ ...one, path: ['workers', i] })),
  ...reputers.map((one, i) => ({ ...one, path: ['reputers', i] })),
];

function checkIdentities(config: Checked, { addIssue }: Refinement): void {
  const names = Object.keys(config.identities);
  for (const { identity: name, path } of participants(config)) {
    if (name !== undefined && !names.includes(name)) {
      const message = `there is no identity "${name}"; there are ${names.join(', ') || 'none'}`;
      addIssue({ code: 'custom', path: [...path, 'identity'], message });
    } else if (name === undefined && names.length > 1) {
      addIssue({ code: 'custom', path: [...path, 'identity'], message: `name one of ${names.join(', ')}` });
    }
  }
}

/** Two models cannot answer for one key at one nonce. */
function checkRepeats(config: Checked, { addIssue }: Refinement): void {
  const seen = new Set<string>();
  for (const { topicId: topic, identity: name = '', path } of participants(config)) {
    const key = `${path[0]} ${topic} ${name}`;
    if (seen.has(key))
      addIssue({ code: 'custom', path, message: `topic ${topic} has this identity already` });
    seen.add(key);
  }
}
