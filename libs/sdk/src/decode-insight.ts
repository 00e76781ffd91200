import { z } from 'zod';
import { read } from './decode';
import { uallo } from './decode-economy';
import type { RewardExplanation, Simulation } from './insight-types';

const maybe = z.number().nullable();
const role = z.enum(['inferer', 'forecaster', 'reputer']);
const quantity = z.union([z.number(), z.string(), z.array(z.number()), z.null()]);

const explainedAmounts = { paidUallo: uallo, withheldUallo: uallo, delegatorsUallo: uallo };
const explanationShape = z.object({
  topicId: z.number(),
  nonce: z.number(),
  address: z.string(),
  result: z.string(),
  emissionUallo: uallo,
  ...explainedAmounts,
  roles: z.array(
    z.object({
      role,
      ...explainedAmounts,
      unpaid: z.object({ code: z.string(), text: z.string() }).nullable(),
      steps: z.array(
        z.object({
          name: z.string(),
          formula: z.string(),
          section: z.number(),
          inputs: z.record(z.string(), quantity),
          value: quantity,
          text: z.string(),
        }),
      ),
      text: z.string(),
    }),
  ),
});

const sideShape = z.object({
  inference: z
    .object({
      mode: z.string(),
      combined: z.number(),
      naive: z.number(),
      confidenceValues: z.array(z.number()),
    })
    .nullable(),
  losses: z.object({ combined: z.number(), naive: z.number() }).nullable(),
  outcome: z.string(),
  rewards: z.object({
    result: z.string(),
    chi: maybe,
    gamma: maybe,
    inferenceTaskRewardUallo: z.number(),
    forecastingTaskRewardUallo: z.number(),
    reputationTaskRewardUallo: z.number(),
    paidUallo: uallo,
  }),
});

const standingShape = z.object({
  weight: maybe,
  loss: maybe,
  oneOutLoss: maybe,
  score: maybe,
  listeningCoefficient: maybe,
  amountUallo: uallo,
  delegatorsUallo: uallo,
});

const simulationShape = z.object({
  topicId: z.number(),
  nonce: z.number(),
  emissionUallo: uallo,
  recoveredTruth: z.record(z.string(), z.unknown()).nullable(),
  actual: sideShape,
  simulated: sideShape,
  participants: z.array(
    z.object({
      participant: z.string(),
      role,
      actual: standingShape,
      simulated: standingShape.nullable(),
      difference: z.object({ score: maybe, amountUallo: uallo, delegatorsUallo: uallo }),
    }),
  ),
  notes: z.array(z.string()),
});

export const toExplanation = (json: unknown): RewardExplanation => read(explanationShape, json);
export const toSimulation = (json: unknown): Simulation => read(simulationShape, json);
