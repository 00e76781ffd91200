import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { signerRule } from '@allora/service-kit/common-config';
import { evmRule } from './compat/settings';
import { gatewayConfig } from './config';
import { GatewayModule } from './gateway.module';

await boot({
  name: 'gateway',
  schema: gatewayConfig,
  module: (config) => GatewayModule.register(config),
  rules: [signerRule, evmRule],
});
