import 'reflect-metadata';
import { frameworkPath } from '@allora/public-api/route';
import { isPublic } from '@allora/public-api/testing/served-routes';
import { IngestContract } from '@allora/submission-log/testing-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forecastIngestConfig } from '../src/config';
import { ForecastIngestModule } from '../src/forecast-ingest.module';
import { forecastSubmissions } from '../src/forecast-submissions';

const ingest = new IngestContract({
  kind: forecastSubmissions,
  start: (settings) => {
    const config = forecastIngestConfig.parse(settings);
    return { config, module: ForecastIngestModule.register(config) };
  },
  sample: (forecaster) => ({ forecaster, elements: [{ inferer: forecaster, value: '-0.5' }] }),
  known: { value: ['1.5', '1.50', '-1', 'NaN'] },
});

beforeAll(() => ingest.start());
afterAll(() => ingest.close());

describe('the document', () => {
  it('has every route that is served, and no other of this service', () => {
    const documented = ingest.ownRoutes.map((shape) => `${shape.method} ${frameworkPath(shape)}`);
    expect(ingest.served.filter(isPublic).sort()).toEqual(documented.sort());
  });
});

describe.each(ingest.ownRoutes.map((shape) => [shape.id, shape] as const))('%s', (_id, shape) => {
  it('answers requests of the documented form as documented', async () => {
    expect(await ingest.holdsForValid(shape)).toEqual(ingest.outcomesOf(shape));
  });

  it('refuses others as documented', () => ingest.refusesBroken(shape));
});
