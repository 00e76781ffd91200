import { commonConfig } from '@allora/service-kit/common-config';
import { loadConfig } from '@allora/service-kit/config';
import { kafkaSecurity, securityProblem } from '@allora/service-kit/kafka-settings';
import { backupCommand, type BackupSettings } from './command';
import { BackupError } from './lines';

const backupConfig = commonConfig.pick({
  databaseUrl: true,
  kafkaBrokers: true,
  kafkaTls: true,
  kafkaTlsCaFile: true,
  kafkaTlsCertFile: true,
  kafkaTlsKeyFile: true,
  kafkaSaslMechanism: true,
  kafkaSaslUsername: true,
  kafkaSaslPassword: true,
  kafkaReplication: true,
  busTopicPrefix: true,
});

/** Without brokers the log is in the database. */
function settings(): BackupSettings {
  const config = loadConfig('backup', backupConfig, { rules: [securityProblem], argv: [] });
  const { databaseUrl, kafkaBrokers, kafkaReplication, busTopicPrefix } = config;
  const address = { brokers: kafkaBrokers, security: kafkaSecurity(config), prefix: busTopicPrefix };
  return {
    databaseUrl,
    log: kafkaBrokers.length === 0 ? undefined : address,
    replicationFactor: kafkaReplication ?? -1,
  };
}

try {
  await backupCommand(settings, (text) => void process.stdout.write(text)).parseAsync();
} catch (error) {
  if (!(error instanceof BackupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
