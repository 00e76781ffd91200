import 'reflect-metadata';
import { createTestDatabase } from '@allora/store/testing';
import { gatewayConfig } from '../src/config';
import { describeGateway } from './gateway.scenario';

describeGateway('gateway on embedded parts', async () => {
  const database = await createTestDatabase();
  return {
    config: gatewayConfig.parse({
      databaseUrl: database.url,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      coordinatorGrpcAddress: 'self',
      maxWaitingRequests: 10,
    }),
    cleanUp: () => database.drop(),
  };
});
