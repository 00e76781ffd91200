import path from 'node:path';
import { type ServiceName, serviceNames } from '@allora/contracts/catalog';
import { commonConfig } from '@allora/service-kit/common-config';
import { configHelp, loadConfig, secret } from '@allora/service-kit/config';
import { kafkaSecurity, securityProblem } from '@allora/service-kit/kafka-settings';
import { Log, withoutPassword } from '@allora/service-kit/log';
import { plainLine } from '@allora/service-kit/require-tls';
import { migrate } from '@allora/store/migrate';
import { z } from 'zod';
import { setUpRoles } from './roles';
import { makeTopics } from './topics';

const roleUrl = (service: ServiceName) =>
  secret(z.url({ protocol: /^postgres(ql)?$/ }).optional()).describe(
    `URL with which ${service} connects: its user and password become a role that may touch what is ${service}'s only`,
  );

const { shape } = commonConfig;

/** What has to be there before the services start. The database's user is the owner, which the services need not be. */
const prepareConfig = commonConfig
  .pick({
    databaseUrl: true,
    kafkaBrokers: true,
    kafkaTls: true,
    kafkaTlsCaFile: true,
    kafkaTlsCertFile: true,
    kafkaTlsKeyFile: true,
    kafkaSaslMechanism: true,
    kafkaSaslUsername: true,
    kafkaSaslPassword: true,
    kafkaPartitions: true,
    kafkaReplication: true,
    busTopicPrefix: true,
    requireTls: true,
    logLevel: true,
    logFormat: true,
  })
  .extend({
    databaseUrl: shape.databaseUrl.optional().describe('PostgreSQL as its owner; for migrate and roles'),
    gatewayDatabaseUrl: roleUrl('gateway'),
    topicCoordinatorDatabaseUrl: roleUrl('topic-coordinator'),
    inferenceIngestDatabaseUrl: roleUrl('inference-ingest'),
    forecastIngestDatabaseUrl: roleUrl('forecast-ingest'),
    synthesisDatabaseUrl: roleUrl('synthesis'),
    reputationDatabaseUrl: roleUrl('reputation'),
    rewardsDatabaseUrl: roleUrl('rewards'),
  });

type PrepareConfig = z.output<typeof prepareConfig>;

const roleUrls = (config: PrepareConfig): Record<ServiceName, string | undefined> => ({
  gateway: config.gatewayDatabaseUrl,
  'topic-coordinator': config.topicCoordinatorDatabaseUrl,
  'inference-ingest': config.inferenceIngestDatabaseUrl,
  'forecast-ingest': config.forecastIngestDatabaseUrl,
  synthesis: config.synthesisDatabaseUrl,
  reputation: config.reputationDatabaseUrl,
  rewards: config.rewardsDatabaseUrl,
});

function ownerUrl({ databaseUrl }: PrepareConfig): string {
  if (databaseUrl === undefined) throw new Error('DATABASE_URL: is required for migrate and roles');
  return databaseUrl;
}

const steps: Record<string, (config: PrepareConfig, log: Log) => Promise<void>> = {
  migrate: async (config, log) => {
    const applied = await migrate(ownerUrl(config), path.resolve('prisma/migrations'));
    log.info({ applied }, 'database migrated');
  },
  roles: async (config, log) => {
    const urls = roleUrls(config);
    const roles = serviceNames.map((service) => {
      const url = urls[service];
      if (url === undefined) throw new Error(`${service}: the URL of its role is not set`);
      return { service, url };
    });
    await setUpRoles(ownerUrl(config), roles);
    log.info({ services: serviceNames }, 'roles set up');
  },
  topics: async (config, log) => {
    if (config.kafkaBrokers.length === 0) throw new Error('KAFKA_BROKERS: is required for topics');
    const topics = await makeTopics({
      brokers: config.kafkaBrokers,
      security: kafkaSecurity(config),
      clientId: 'allora-prepare',
      partitions: config.kafkaPartitions,
      replicationFactor: config.kafkaReplication,
      prefix: config.busTopicPrefix,
      log,
    });
    log.info({ topics }, 'Kafka topics are there');
  },
};

const usage = `Usage: prepare STEP [STEP ...], in the order given: ${Object.keys(steps).join(', ')}\n`;
const asked = process.argv.slice(2);
if (asked.includes('--help')) {
  process.stdout.write(`${usage}${configHelp('prepare', prepareConfig)}`);
} else if (asked.length === 0 || asked.some((name) => !Object.hasOwn(steps, name))) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const config = loadConfig('prepare', prepareConfig, { argv: [], rules: [securityProblem, plainLine] });
  const log = Log.create({ name: 'prepare', level: config.logLevel, format: config.logFormat });
  try {
    for (const name of asked) await steps[name]!(config, log);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ reason: withoutPassword(reason) }, 'not prepared');
    process.exitCode = 1;
  }
}
