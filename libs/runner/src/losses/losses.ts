import { lossNamed } from '@allora/protocol/loss/loss-functions';
import type { LossOptions } from '@allora/protocol/loss/loss-options';
import {
  type LossScale,
  parseLossMethod,
  scaledLoss,
  scaleOf,
  topicLoss,
} from '@allora/protocol/loss/topic-loss';
import type { Topic } from '@allora/sdk/types';
import { textOfDouble } from '../answers/decimal';
import type { HttpLossService } from './http-loss-service';

/** What answers lose against the truth, on the scale of the topic, as decimal text. */
export interface Losses {
  readonly scale: LossScale;
  /** A loss for each value, in their order. */
  of(truth: string, values: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
}

/** A reputer that would report on another scale than the topic's does not begin. */
export class ScaleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScaleError';
  }
}

/** By the loss that the topic names, in this process. */
export function ownLosses(topic: Pick<Topic, 'lossMethod'>, settings: LossOptions = {}): Losses {
  const { scale, reported } = topicLoss(topic.lossMethod, settings);
  return {
    scale,
    of: (truth, values) =>
      Promise.resolve().then(() =>
        values.map((value) => textOfDouble(reported(Number(truth), Number(value)))),
      ),
  };
}

/** By a loss service of the off-chain node; it tells once whether its loss can be below zero. */
export async function serviceLosses(
  topic: Pick<Topic, 'lossMethod' | 'params'>,
  service: HttpLossService,
  signal: AbortSignal,
): Promise<Losses> {
  const method = parseLossMethod(topic.lossMethod);
  const scale: LossScale = (await service.isNeverNegative(signal)) ? 'log10' : 'raw';
  checkScale(topic, service, scale);
  return {
    scale,
    of: async (truth, values, until) => {
      const losses = await service.calculate(truth, values, until);
      return losses.map((loss) => textOfDouble(scaledLoss(loss, scale, method.floor)));
    },
  };
}

/** What the topic says of its losses, and what the service says of its own, must agree. */
function checkScale(
  topic: Pick<Topic, 'lossMethod' | 'params'>,
  service: HttpLossService,
  scale: LossScale,
): void {
  const { name } = parseLossMethod(topic.lossMethod);
  const known = lossNamed(name);
  const { method } = service;
  if (
    known !== undefined &&
    method !== undefined &&
    lossNamed(method) !== undefined &&
    lossNamed(method) !== known
  ) {
    throw new ScaleError(`the topic scores by ${name}, the loss service is told loss_method ${method}`);
  }
  const wanted: LossScale | undefined =
    known === undefined ? (topic.params?.allowNegative ? undefined : 'log10') : scaleOf(known);
  if (wanted === undefined || wanted === scale) return;
  const told = scale === 'log10' ? 'is never negative' : 'can be negative';
  throw new ScaleError(
    `the loss service says that its loss ${told}; losses of ${name} are reported ${wanted}`,
  );
}
