import type { DynamicModule } from '@nestjs/common';
import type { z } from 'zod';
import { startApp } from './app';
import { commonRules, type CommonConfig } from './common-config';
import { loadConfig, type ConfigRule } from './config';
import { Log } from './log';
import { runProcess } from './run-process';
import { keepWork } from './work';

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
  keepWork(config.logContext, config.otelExporterOtlpEndpoint !== undefined);
  const log = Log.create({ name, level: config.logLevel, format: config.logFormat });
  await runProcess(log, async () => startApp({ name, config, log, modules: [module(config)] }));
}
