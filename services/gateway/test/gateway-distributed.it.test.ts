import 'reflect-metadata';
import { createTestDatabase } from '@allora/store/testing';
import { randomUUID } from 'node:crypto';
import { ensureStack } from '../../../deploy/stack/stack';
import { gatewayConfig } from '../src/config';
import { describeGateway } from './gateway.scenario';

describeGateway('gateway on Kafka and Redis', async () => {
  const { kafkaBrokers, redisUrl } = await ensureStack({ parts: ['kafka', 'redis'] });
  const database = await createTestDatabase();
  const network = `gateway-${randomUUID().slice(0, 8)}`;
  return {
    config: gatewayConfig.parse({
      databaseUrl: database.url,
      bus: 'kafka',
      kafkaBrokers: kafkaBrokers.split(','),
      kafkaPartitions: 2,
      busTopicPrefix: `${network}.`,
      redisUrl,
      chainId: network,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      networkKey: '01'.repeat(32),
      coordinatorGrpcAddress: 'self',
      maxWaitingRequests: 10,
    }),
    cleanUp: () => database.drop(),
  };
});
