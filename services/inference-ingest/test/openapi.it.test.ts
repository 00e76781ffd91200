import 'reflect-metadata';
import { holdsItsPartOfTheDocument } from '@allora/submission-log/testing-contract-suite';
import { expect, it } from 'vitest';
import { inferenceIngestConfig } from '../src/config';
import { InferenceIngestModule } from '../src/inference-ingest.module';
import { inferenceSubmissions } from '../src/inference-submissions';

const held = holdsItsPartOfTheDocument({
  kind: inferenceSubmissions,
  start: (settings) => {
    const config = inferenceIngestConfig.parse(settings);
    return { config, module: InferenceIngestModule.register(config) };
  },
  sample: (inferer) => ({ inferer, value: '1.5' }),
  known: { value: ['1.5', '1.50', '-1', 'NaN'] },
});

it('is held to every route of this service', () => {
  expect(held).toEqual(['submitInference', 'submitInferences', 'commitInference']);
});
