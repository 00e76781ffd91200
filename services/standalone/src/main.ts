import 'reflect-metadata';
import path from 'node:path';
import { startApp } from '@allora/service-kit/app';
import { runProcess } from '@allora/service-kit/run-process';
import { commonRules, signerRule } from '@allora/service-kit/common-config';
import { loadConfig } from '@allora/service-kit/config';
import { Log } from '@allora/service-kit/log';
import { rewardsRules } from '@allora/rewards/config';
import { startEmbeddedPostgres } from '@allora/store/embedded-postgres';
import { standaloneConfig } from './config';
import { keptKey } from './kept-key';
import { allModules } from './modules';

const settings = loadConfig('standalone', standaloneConfig, {
  rules: [...commonRules, signerRule, ...rewardsRules].map(
    (rule) => (config) => rule({ ...config, databaseUrl: config.databaseUrl ?? '' }),
  ),
});
const log = Log.create({ name: 'standalone', level: settings.logLevel, format: settings.logFormat });

/** Where the first contract of a fresh local chain stands; a real one is named by its operator in EVM_CHAINS. */
const LOCAL_CONSUMER = '11155111=0x5FbDB2315678afecb367f032d93F642f64180aa3';

/** PostgreSQL first and last: everything else stands on it. */
async function start() {
  const postgres =
    settings.databaseUrl === undefined
      ? await startEmbeddedPostgres({
          dataDir: path.resolve(settings.dataDir, 'postgres'),
          log: (line) => log.info({}, line),
        })
      : undefined;
  const databaseUrl = settings.databaseUrl ?? postgres!.url;
  const networkKey = settings.networkKey ?? keptKey(settings.dataDir, 'network-key');
  const evmSigningKey = settings.evmSigningKey ?? keptKey(settings.dataDir, 'evm-signing-key');
  const evmChains = settings.evmChains.length > 0 ? settings.evmChains : [LOCAL_CONSUMER];
  const config = { ...settings, databaseUrl, networkKey, evmSigningKey, evmChains };
  try {
    const app = await startApp({ name: 'standalone', config, log, modules: allModules(config) });
    return {
      close: async () => {
        const clean = await app.close();
        await postgres?.stop();
        return clean;
      },
    };
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

await runProcess(log, start);
