import type { DynamicModule } from '@nestjs/common';
import type { z } from 'zod';
import { startApp } from './app';
import { commonRules, type CommonConfig } from './common-config';
import { loadConfig, type ConfigRule } from './config';
import { Log } from './log';

type ConfigSchema = z.ZodObject & z.ZodType<CommonConfig>;

export interface BootOptions<S extends ConfigSchema> {
  readonly name: string;
  readonly schema: S;
  readonly module: (config: z.output<S>) => DynamicModule;
  /** Of this service's own settings, beyond what single fields say. */
  readonly rules?: readonly ConfigRule<z.output<S>>[];
}

/** A service as a process: configuration from the environment, a clean stop on SIGTERM and SIGINT, exit 1 on failure. */
export async function boot<S extends ConfigSchema>({
  name,
  schema,
  module,
  rules = [],
}: BootOptions<S>): Promise<void> {
  const config = loadConfig(name, schema, { rules: [...commonRules, ...rules] });
  const log = Log.create({ name, level: config.logLevel, format: config.logFormat });
  await runProcess(log, async () => startApp({ name, config, log, modules: [module(config)] }));
}

interface Stoppable {
  /** True when nothing was cut off. */
  close(): Promise<boolean>;
}

/** Runs until told to stop. A second signal, or a failure nobody caught, ends the process at once. */
export async function runProcess(log: Log, start: () => Promise<Stoppable>): Promise<void> {
  const die = (text: string) => (error: unknown) => {
    log.fatal({ error }, text);
    process.exit(1);
  };
  process.on('uncaughtException', die('uncaught exception'));
  process.on('unhandledRejection', die('unhandled rejection'));
  const started = start();
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return die('second signal: leaving at once')(undefined);
    stopping = true;
    log.info({ signal }, 'signal received');
    started.then((app) => app.close()).then((clean) => process.exit(clean ? 0 : 1), die('stop failed'));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  await started.catch(die('start failed'));
}
