import { type KafkaSecurity, saslMechanisms } from '@allora/bus/kafka-connection';
import { z } from 'zod';
import { secret } from './config';

const file = (help: string) => z.string().min(1).optional().describe(help);

/** TLS and login to Kafka. PostgreSQL and Redis take theirs from their URLs: sslmode=verify-full, rediss://. */
export const kafkaSecuritySettings = {
  kafkaTls: z.boolean().default(false).describe('Whether Kafka is spoken to over TLS'),
  kafkaTlsCaFile: file(
    "PEM file of the authorities that Kafka's certificates are checked against; the system's and NODE_EXTRA_CA_CERTS unless set",
  ),
  kafkaTlsCertFile: file('PEM file of the certificate shown to Kafka; with KAFKA_TLS_KEY_FILE'),
  kafkaTlsKeyFile: file('PEM file of the key of that certificate'),
  kafkaSaslMechanism: z
    .enum(saslMechanisms)
    .optional()
    .describe('Login to Kafka; none unless set. plain sends the password itself: over TLS only'),
  kafkaSaslUsername: z.string().min(1).max(1_000).optional().describe('User of that login'),
  kafkaSaslPassword: secret(z.string().min(1).max(10_000).optional()).describe('Password of that login'),
};

type KafkaSecurityConfig = z.output<z.ZodObject<typeof kafkaSecuritySettings>>;

/** What is wrong with the settings together, or undefined. */
export function securityProblem(config: KafkaSecurityConfig): string | undefined {
  const { kafkaTls, kafkaTlsCaFile, kafkaTlsCertFile, kafkaTlsKeyFile } = config;
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword } = config;
  if (!kafkaTls && (kafkaTlsCaFile ?? kafkaTlsCertFile ?? kafkaTlsKeyFile) !== undefined)
    return 'KAFKA_TLS: is to be true where files of TLS are named';
  if ((kafkaTlsCertFile === undefined) !== (kafkaTlsKeyFile === undefined))
    return 'KAFKA_TLS_CERT_FILE, KAFKA_TLS_KEY_FILE: are set together or not at all';
  const login = [kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword];
  if (login.some((part) => part !== undefined) && login.some((part) => part === undefined))
    return 'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: are set together or not at all';
  if (kafkaSaslMechanism === 'plain' && !kafkaTls)
    return 'KAFKA_SASL_MECHANISM: plain sends the password itself, so KAFKA_TLS is to be true';
  return undefined;
}

export function kafkaSecurity(config: KafkaSecurityConfig): KafkaSecurity {
  const { kafkaTls, kafkaTlsCaFile, kafkaTlsCertFile, kafkaTlsKeyFile } = config;
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword } = config;
  const files = { caFile: kafkaTlsCaFile, certFile: kafkaTlsCertFile, keyFile: kafkaTlsKeyFile };
  return {
    ...(kafkaTls ? { tls: files } : {}),
    ...(kafkaSaslMechanism && kafkaSaslUsername && kafkaSaslPassword
      ? { sasl: { mechanism: kafkaSaslMechanism, username: kafkaSaslUsername, password: kafkaSaslPassword } }
      : {}),
  };
}
