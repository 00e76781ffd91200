import 'reflect-metadata';
import { frameworkPath } from '@allora/public-api/route';
import { isPublic } from '@allora/public-api/testing/served-routes';
import { IngestContract } from '@allora/submission-log/testing-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reputationConfig } from '../src/config';
import { ReputationModule } from '../src/reputation.module';
import { lossSubmissions } from '../src/loss-submissions';

const none = {
  ...{ forecasters: [], oneOutInferers: [], oneOutForecasters: [], oneInForecasters: [] },
  oneOutInfererForecasters: [],
};

const ingest = new IngestContract({
  kind: lossSubmissions,
  start: (settings) => {
    const config = reputationConfig.parse(settings);
    return { config, module: ReputationModule.register(config) };
  },
  sample: (reputer) => ({
    reputer,
    ...none,
    combined: '-1',
    naive: '-0.5',
    inferers: [{ worker: reputer, value: '0.25' }],
  }),
  known: { value: ['0.25'], combined: ['-1', '-1.0'], naive: ['-0.5'] },
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
