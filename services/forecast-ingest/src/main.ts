import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { signerRule } from '@allora/service-kit/common-config';
import { forecastIngestConfig } from './config';
import { ForecastIngestModule } from './forecast-ingest.module';

await boot({
  name: 'forecast-ingest',
  schema: forecastIngestConfig,
  module: (config) => ForecastIngestModule.register(config),
  rules: [signerRule],
});
