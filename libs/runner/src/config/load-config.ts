import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ConfigError, configErrorOf } from './config-error';
import { looksOffchain, type OffchainExtras, readOffchainConfig } from './offchain-config';
import { runnerConfig, type RunnerConfig } from './runner-config';

export interface LoadedConfig {
  readonly config: RunnerConfig;
  /** Relative paths in it are from here. */
  readonly baseDir: string;
  readonly mnemonic?: string | undefined;
  readonly keyName?: string | undefined;
  readonly warnings: readonly string[];
}

export interface ConfigPlace {
  /** YAML or JSON, ours or the off-chain node's. Without it the off-chain node's variables are looked at. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Counts for an off-chain configuration. */
  readonly extras?: OffchainExtras;
}

const WHOLE = 'ALLORA_OFFCHAIN_NODE_CONFIG_JSON';
const FILE = 'ALLORA_OFFCHAIN_NODE_CONFIG_FILE_PATH';

/** @throws ConfigError, with the place of every fault. */
export async function loadRunnerConfig(place: ConfigPlace = {}): Promise<LoadedConfig> {
  const { env = process.env, cwd = process.cwd(), extras = {} } = place;
  const whole = env[WHOLE];
  if (place.file === undefined && whole) return readRunnerConfig(whole, WHOLE, cwd, extras);
  const file = place.file ?? env[FILE];
  if (!file) {
    throw new ConfigError('configuration', [
      { path: '(top)', message: `name a file, or set ${WHOLE} or ${FILE}` },
    ]);
  }
  const full = path.resolve(cwd, file);
  let text: string;
  try {
    text = await readFile(full, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [{ path: '(top)', message: (error as Error).message }]);
  }
  return readRunnerConfig(text, file, path.dirname(full), extras);
}

export function readRunnerConfig(
  text: string,
  source: string,
  baseDir: string,
  extras: OffchainExtras = {},
): LoadedConfig {
  let content: unknown;
  try {
    content = parseYaml(text); // JSON is YAML
  } catch (error) {
    throw new ConfigError(source, [{ path: '(top)', message: (error as Error).message }]);
  }
  if (looksOffchain(content)) return { ...readOffchainConfig(content, source, extras), baseDir };
  const read = runnerConfig.safeParse(content);
  if (!read.success) throw configErrorOf(source, read.error);
  return { config: read.data, baseDir, warnings: [] };
}
