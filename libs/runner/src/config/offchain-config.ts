import { z } from 'zod';
import { configErrorOf } from './config-error';
import { lowered } from './lowered-keys';
import { runnerConfig, type RunnerConfig, type RunnerConfigInput } from './runner-config';
import { parameterMap } from './source-config';

/** The off-chain node's config.json, as it is found at its users: keys in any case, numbers for texts. */
const topicId = z.union([z.int().min(1), z.string().regex(/^[1-9]\d*$/)]).transform(Number);
const entrypoint = z.string().optional();
const seconds = z.coerce.number().min(0);

const workerEntry = z.looseObject({
  topicid: topicId,
  inferenceentrypointname: entrypoint,
  forecastentrypointname: entrypoint,
  parameters: parameterMap.default({}),
});
const reputerEntry = z.looseObject({
  topicid: topicId,
  groundtruthentrypointname: entrypoint,
  lossfunctionentrypointname: entrypoint,
  reputerentrypointname: entrypoint,
  minstake: z.union([z.int().min(0), z.string().regex(/^\d+$/)]).default(0),
  groundtruthparameters: parameterMap.default({}),
  parameters: parameterMap.default({}),
  lossfunctionparameters: z
    .looseObject({
      lossfunctionservice: z.string().optional(),
      lossmethodoptions: parameterMap.default({}),
      isnevernegative: z.boolean().optional(),
    })
    .optional(),
});
const wallet = z.looseObject({
  addresskeyname: z.string().optional(),
  addressrestoremnemonic: z.string().optional(),
  maxretries: seconds.optional(),
  retrydelay: seconds.optional(),
  delay: seconds.optional(),
  submittx: z.boolean().default(true),
  submissionjitter: seconds.optional(),
  launchroutinedelay: seconds.optional(),
  timeouthttpconnection: seconds.optional(),
  blockdurationestimated: seconds.optional(),
});
const offchainShape = z.looseObject({
  wallet: wallet.prefault({}),
  worker: z.array(workerEntry).default([]),
  reputer: z.array(reputerEntry).default([]),
});

/** Wallet settings of the chain alone; they are known and mean nothing here. */
const CHAIN_ONLY: ReadonlySet<string> = new Set(
  `address addressaccountpassphrase allorahomedir gas gasadjustment gasprices gaspriceupdateinterval maxfees basegas gasperbyte
  simulategasfromstart noderpc noderpcs nodegrpcs accountsequenceretrydelay mindelay maxdelay chainid keyringbackend keyringpassphrase
  windowcorrectionfactor registrationwaitingblocks timeoutrpcsecondsquery timeoutrpcsecondstx timeoutrpcsecondsregistration grpcinsecure`.split(
    /\s+/,
  ),
);
const ADAPTERS: ReadonlySet<string> = new Set(['api-worker-reputer', 'apiAdapter']);

/** A configuration of the off-chain node, as ours. */
export interface OffchainConfig {
  readonly config: RunnerConfig;
  /** The wallet's words, where the file holds them; they stay out of `config`, which may be shown. */
  readonly mnemonic: string | undefined;
  readonly keyName: string | undefined;
  /** One line each. */
  readonly warnings: readonly string[];
}

/** What the network and this machine add, of which such a file knows nothing. */
export type OffchainExtras = Pick<RunnerConfigInput, 'network' | 'stateDir' | 'status'>;

/** Whether JSON is such a file rather than one of ours. */
export const looksOffchain = (json: unknown): boolean => {
  const keys = Object.keys(Object(json) as object).map((key) => key.toLowerCase());
  return ['wallet', 'worker', 'reputer'].some((key) => keys.includes(key));
};

export function readOffchainConfig(
  json: unknown,
  source: string,
  extras: OffchainExtras = {},
): OffchainConfig {
  const read = offchainShape.safeParse(lowered(json));
  if (!read.success) throw configErrorOf(source, read.error);
  const { wallet: settings, worker, reputer } = read.data;
  const warnings: string[] = [];
  const ignored = Object.keys(settings).filter((key) => CHAIN_ONLY.has(key));
  if (ignored.length > 0) warnings.push(`ignored, as they are of the chain alone: ${ignored.join(', ')}`);
  const workers = firstOfTopic('worker', worker, warnings).flatMap((entry) => workerOf(entry, warnings));
  const reputers = firstOfTopic('reputer', reputer, warnings).flatMap((entry) => reputerOf(entry, warnings));
  const config = runnerConfig.safeParse({
    ...extras,
    dryRun: !settings.submittx,
    limits: limitsOf(settings),
    workers,
    reputers,
  });
  if (!config.success) throw configErrorOf(source, config.error);
  const mnemonic = settings.addressrestoremnemonic?.trim();
  return {
    config: config.data,
    mnemonic: mnemonic || undefined,
    keyName: settings.addresskeyname || undefined,
    warnings,
  };
}

function limitsOf(settings: z.output<typeof wallet>): RunnerConfigInput['limits'] {
  const ms = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : Math.round(value * 1000);
  const limits = {
    maxRetries: settings.maxretries,
    retryDelayMs: ms(settings.retrydelay ?? settings.delay),
    jitterMs: ms(settings.submissionjitter),
    launchDelayMs: ms(settings.launchroutinedelay),
    requestTimeoutMs: ms(settings.timeouthttpconnection),
    blockMs: ms(settings.blockdurationestimated),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function firstOfTopic<E extends { readonly topicid: number }>(
  role: string,
  entries: readonly E[],
  warnings: string[],
): E[] {
  return entries.filter((entry, i) => {
    const first = entries.findIndex(({ topicid }) => topicid === entry.topicid) === i;
    if (!first)
      warnings.push(
        `skipped ${role}[${i}]: topic ${entry.topicid} has a ${role} already, and the first one counts`,
      );
    return first;
  });
}

/** Whether the role is on; only one adapter exists. */
function isOn(place: string, name: string | undefined, warnings: string[]): boolean {
  if (!name) return false;
  if (!ADAPTERS.has(name))
    warnings.push(`${place}: "${name}" is no adapter known here; it is taken as apiAdapter`);
  return true;
}

type Workers = NonNullable<RunnerConfigInput['workers']>;
type Reputers = NonNullable<RunnerConfigInput['reputers']>;

function workerOf(entry: z.output<typeof workerEntry>, warnings: string[]): Workers {
  const { topicid, parameters } = entry;
  const model = (role: string, name: string | undefined, endpoint: string) =>
    isOn(`worker of topic ${topicid}, ${role}`, name, warnings)
      ? { type: 'http' as const, url: parameters[endpoint] ?? '', parameters }
      : undefined;
  const inference = model('inferenceEntrypointName', entry.inferenceentrypointname, 'InferenceEndpoint');
  const forecast = model('forecastEntrypointName', entry.forecastentrypointname, 'ForecastEndpoint');
  if (inference || forecast) return [{ topicId: topicid, inference, forecast }];
  warnings.push(`skipped the worker of topic ${topicid}: it has no entrypoint`);
  return [];
}

function reputerOf(entry: z.output<typeof reputerEntry>, warnings: string[]): Reputers {
  const { topicid, groundtruthentrypointname, reputerentrypointname } = entry;
  if (!isOn(`reputer of topic ${topicid}`, groundtruthentrypointname || reputerentrypointname, warnings)) {
    warnings.push(`skipped the reputer of topic ${topicid}: it has no entrypoint`);
    return [];
  }
  const parameters = { ...entry.parameters, ...entry.groundtruthparameters };
  const url = parameters['GroundTruthEndpoint'] ?? parameters['SourceOfTruthEndpoint'] ?? '';
  const losses = entry.lossfunctionparameters;
  const isNeverNegative = losses?.isnevernegative;
  const loss = losses?.lossfunctionservice
    ? {
        type: 'http' as const,
        url: losses.lossfunctionservice,
        options: losses.lossmethodoptions,
        isNeverNegative,
      }
    : { type: 'topic' as const };
  const minStakeUallo = String(entry.minstake);
  return [{ topicId: topicid, truth: { type: 'http', url, parameters }, loss, minStakeUallo }];
}
