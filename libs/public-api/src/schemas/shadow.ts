import { z } from 'zod';
import { address, maybe, nonce, topicId } from './common';

const contribution = z.number().meta({
  description:
    'log10 loss of the network as it was, minus that with the shadow in it: above zero where it would have helped.',
});

/** How a shadow has done in a role of a topic. */
export const shadowStanding = z
  .object({
    topicId,
    address,
    role: z.enum(['inferer', 'forecaster']),
    current: z
      .boolean()
      .meta({ description: 'False: it is a worker now, or will be from the next epoch on.' }),
    answeredEpochs: z.int(),
    lastNonce: maybe(nonce),
    weight: maybe(z.number()).meta({ description: 'That it would have had at its latest answer.' }),
    scoredEpochs: z.int().meta({ description: 'Those in which the reputers’ losses tell what it lost.' }),
    helpedEpochs: z.int().meta({ description: 'Those of them with a contribution above zero.' }),
    scoredNonce: maybe(nonce),
    loss: maybe(z.number()).meta({ description: 'log10, in its latest scored epoch.' }),
    contribution: maybe(contribution),
    meanLoss: maybe(z.number()),
    meanContribution: maybe(z.number()),
  })
  .meta({
    id: 'ShadowStanding',
    description: 'What a worker would have done that is neither weighted nor paid.',
  });

const joined = { weight: maybe(z.number()), regret: z.number(), combinedWith: z.number() };

/** Of an epoch's inference. */
export const epochShadows = {
  shadowInferers: z.array(z.object({ inferer: address, value: z.string(), ...joined })).meta({
    description: 'What the epoch would have been with each shadow in it; nothing else of it knows of them.',
  }),
  shadowForecasters: z.array(
    z.object({ forecaster: address, forecastImplied: z.number(), ...joined, weight: z.number() }),
  ),
};

const losses = z.array(
  z.object({
    worker: address,
    loss: z.number(),
    combined: z.number(),
    combinedWith: z.number(),
    contribution,
  }),
);

/** Of an epoch's losses. */
export const shadowLosses = { shadowInferers: losses, shadowForecasters: losses };
