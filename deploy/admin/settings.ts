import { commonConfig } from '@allora/service-kit/common-config';
import { readConfig } from '@allora/service-kit/config';
import { kafkaSecurity, securityProblem } from '@allora/service-kit/kafka-settings';
import type { LogAddress } from '../backup/kafka';

const shape = commonConfig.pick({
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

export interface NetworkPlaces {
  readonly databaseUrl: string;
  /** Absent without brokers: then the log is in the database. */
  readonly log: LogAddress | undefined;
  /** -1 takes the brokers' default. */
  readonly replicationFactor: number;
}

/** The settings that the services have too. Throws a ConfigError that names what is wrong. */
export function networkPlaces(env: NodeJS.ProcessEnv): NetworkPlaces {
  const config = readConfig(shape, { env, rules: [securityProblem] });
  const { databaseUrl, kafkaBrokers, kafkaReplication = -1, busTopicPrefix } = config;
  const address = { brokers: kafkaBrokers, security: kafkaSecurity(config), prefix: busTopicPrefix };
  return {
    databaseUrl,
    log: kafkaBrokers.length === 0 ? undefined : address,
    replicationFactor: kafkaReplication,
  };
}
