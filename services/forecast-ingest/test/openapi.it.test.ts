import 'reflect-metadata';
import { holdsItsPartOfTheDocument } from '@allora/submission-log/testing-contract-suite';
import { forecastIngestConfig } from '../src/config';
import { ForecastIngestModule } from '../src/forecast-ingest.module';
import { forecastSubmissions } from '../src/forecast-submissions';

holdsItsPartOfTheDocument({
  kind: forecastSubmissions,
  start: (settings) => {
    const config = forecastIngestConfig.parse(settings);
    return { config, module: ForecastIngestModule.register(config) };
  },
  sample: (forecaster) => ({ forecaster, elements: [{ inferer: forecaster, value: '-0.5' }] }),
  known: { value: ['1.5', '1.50', '-1', 'NaN'] },
});
