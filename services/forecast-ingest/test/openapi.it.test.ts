import 'reflect-metadata';
import { holdsItsPartOfTheDocument } from '@allora/submission-log/testing-contract-suite';
import { expect, it } from 'vitest';
import { forecastIngestConfig } from '../src/config';
import { ForecastIngestModule } from '../src/forecast-ingest.module';
import { forecastSubmissions } from '../src/forecast-submissions';

const held = holdsItsPartOfTheDocument({
  kind: forecastSubmissions,
  start: (settings) => {
    const config = forecastIngestConfig.parse(settings);
    return { config, module: ForecastIngestModule.register(config) };
  },
  sample: (forecaster) => ({ forecaster, elements: [{ inferer: forecaster, value: '-0.5' }] }),
  known: { value: ['1.5', '1.50', '-1', 'NaN'] },
});

it('is held to every route of this service', () => {
  expect(held).toEqual(['submitForecast', 'submitForecasts', 'commitForecast']);
});
