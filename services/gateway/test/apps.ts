import type { DynamicModule } from '@nestjs/common';
import { type AppOptions, type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { gatewayConfig } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import { coordinatorModule } from './neighbours';

interface StartOptions extends Pick<AppOptions, 'clock'> {
  /** Services that it asks, beside the coordinator. */
  readonly neighbours?: readonly DynamicModule[];
}

/** The gateways of one test file, each on a database of its own, and in one process with the services that it asks. */
export class GatewayApps {
  private readonly closings: (() => Promise<unknown>)[] = [];

  async start(
    settings: object = {},
    { neighbours = [], ...options }: StartOptions = {},
  ): Promise<RunningApp> {
    const database = await createTestDatabase();
    this.closings.push(() => database.drop());
    const config = gatewayConfig.parse({
      databaseUrl: database.url,
      databasePoolSize: 4,
      httpHost: '127.0.0.1',
      httpPort: 0,
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      logLevel: 'silent',
      coordinatorGrpcAddress: 'self',
      ...settings,
    });
    const modules = [GatewayModule.register(config), coordinatorModule(), ...neighbours];
    const app = await startApp({ name: 'gateway', config, modules, ...options });
    this.closings.push(() => app.close());
    return app;
  }

  async close(): Promise<void> {
    for (const close of this.closings.splice(0).reverse()) await close();
  }
}
