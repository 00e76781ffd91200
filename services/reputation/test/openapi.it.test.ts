import 'reflect-metadata';
import { holdsItsPartOfTheDocument } from '@allora/submission-log/testing-contract-suite';
import { expect, it } from 'vitest';
import { reputationConfig } from '../src/config';
import { ReputationModule } from '../src/reputation.module';
import { lossSubmissions } from '../src/loss-submissions';

const none = {
  ...{ forecasters: [], oneOutInferers: [], oneOutForecasters: [], oneInForecasters: [] },
  oneOutInfererForecasters: [],
};

const held = holdsItsPartOfTheDocument({
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

it('is held to every route of this service', () => {
  expect(held).toEqual(['submitLosses', 'submitLossBundles']);
});
