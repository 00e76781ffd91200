import 'reflect-metadata';
import { frameworkPath } from '@allora/public-api/route';
import { isPublic } from '@allora/public-api/testing/served-routes';
import { IngestContract } from '@allora/submission-log/testing-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferenceIngestConfig } from '../src/config';
import { InferenceIngestModule } from '../src/inference-ingest.module';
import { inferenceSubmissions } from '../src/inference-submissions';

const ingest = new IngestContract({
  kind: inferenceSubmissions,
  start: (settings) => {
    const config = inferenceIngestConfig.parse(settings);
    return { config, module: InferenceIngestModule.register(config) };
  },
  sample: (inferer) => ({ inferer, value: '1.5' }),
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
