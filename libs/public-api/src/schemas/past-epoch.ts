import { z } from 'zod';
import { address, double, maybe, nonce, topicId, uallo } from './common';

const workedRole = z.enum(['inferer', 'forecaster', 'reputer']);
const result = z.enum(['paid', 'empty', 'undefined']).meta({
  description: 'Whether it was paid, nobody was scored in it, or the formulas have no answer for it.',
});

const quantity = z.union([z.number(), uallo, z.array(z.number()), z.null()]).meta({
  description: 'A double, whole uallo as text, a list of doubles, or null for what is not stored.',
});

const workedStep = z
  .object({
    name: z.string().meta({ example: 'paid' }),
    formula: z.string().meta({ description: "In the symbols of the protocol's formulas." }),
    section: z.number().meta({ description: "Of the protocol's formulas." }),
    inputs: z.record(z.string(), quantity),
    value: quantity,
    text: z.string().meta({ description: 'The step as a sentence.' }),
  })
  .meta({ id: 'WorkedStep', description: '`value` follows from `inputs` by `formula`.' });

const unpaid = z
  .object({
    code: z.enum([
      ...(['NOTHING_SET_ASIDE', 'NO_TASK_REWARD', 'NO_SHARE', 'BELOW_ONE_UALLO'] as const),
      ...(['EPOCH_EMPTY', 'EPOCH_UNDEFINED', 'NO_SCORE', 'BUNDLE_NOT_COUNTED'] as const),
    ]),
    text: z.string(),
  })
  .meta({ description: 'Why nothing was paid; null when something was.' });

const payShape = {
  paidUallo: uallo,
  withheldUallo: uallo.meta({ description: 'Kept back for fees that were owed.' }),
  delegatorsUallo: uallo,
};

export const explainedRewards = z
  .object({
    topicId,
    nonce,
    address,
    result,
    emissionUallo: uallo.meta({ description: 'What was set aside for the epoch.' }),
    ...payShape,
    roles: z.array(
      z.object({
        role: workedRole,
        ...payShape,
        unpaid: maybe(unpaid),
        steps: z.array(workedStep),
        text: z.string(),
      }),
    ),
    text: z.string(),
  })
  .meta({ id: 'ExplainedRewards' });

const side = z
  .object({
    inference: maybe(
      z.object({
        mode: z.enum(['weighted', 'all_new', 'median', 'single']),
        combined: double,
        naive: double,
        confidenceValues: z.array(z.number()),
      }),
    ),
    losses: maybe(z.object({ combined: double, naive: double })).meta({ description: 'log10.' }),
    outcome: z.enum(['EPOCH_OUTCOME_SCORED', 'EPOCH_OUTCOME_NO_INFERENCES', 'EPOCH_OUTCOME_NO_LOSSES']),
    rewards: z.object({
      result,
      chi: maybe(double),
      gamma: maybe(double),
      inferenceTaskRewardUallo: double,
      forecastingTaskRewardUallo: double,
      reputationTaskRewardUallo: double,
      paidUallo: uallo,
    }),
  })
  .meta({ id: 'SimulatedSide' });

const standing = z
  .object({
    weight: maybe(double),
    loss: maybe(double).meta({ description: 'Its own, log10; null for reputers.' }),
    oneOutLoss: maybe(double),
    score: maybe(double),
    listeningCoefficient: maybe(double).meta({ description: 'Of reputers alone.' }),
    amountUallo: uallo,
    delegatorsUallo: uallo,
  })
  .meta({ id: 'SimulatedStanding' });

export const simulation = z
  .object({
    topicId,
    nonce,
    change: z.object({
      without: z.array(address),
      pNorm: maybe(double),
      stakes: z.record(z.string(), uallo),
    }),
    emissionUallo: uallo,
    recoveredTruth: maybe(
      z.object({
        lossMethod: z.string(),
        how: z.string(),
        reputers: z.array(
          z.object({
            reputer: address,
            truth: double,
            spread: double.meta({
              description:
                'Most by which the distance of a value from the truth differs from the one that its loss tells.',
            }),
            errorFloor: double,
            losses: z.int().meta({ description: 'How many of its losses were computed anew.' }),
          }),
        ),
      }),
    ).meta({ description: 'Ground truths that new losses were computed from; null where none was needed.' }),
    actual: side,
    simulated: side,
    difference: z.object({
      combined: maybe(double),
      naive: maybe(double),
      combinedLoss: maybe(double),
      naiveLoss: maybe(double),
      paidUallo: uallo,
    }),
    participants: z.array(
      z.object({
        participant: address,
        role: workedRole,
        actual: standing,
        simulated: maybe(standing).meta({ description: 'Null of who is left out.' }),
        difference: z.object({ score: maybe(double), amountUallo: uallo, delegatorsUallo: uallo }),
      }),
    ),
    notes: z.array(z.string()).meta({ description: 'What the question leaves as it was.' }),
  })
  .meta({ id: 'Simulation', description: 'A past epoch beside itself with something changed.' });
