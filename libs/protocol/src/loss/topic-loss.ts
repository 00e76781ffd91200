import { ProtocolError } from '../errors';
import { decimalLogarithm, saturate } from '../numeric';
import {
  isNeverNegative,
  type Loss,
  lossFunction,
  type LossName,
  lossNamed,
  requireLossOptions,
} from './loss-functions';
import type { LossOptions } from './loss-options';

/**
 * A loss below the floor counts as the floor: the logarithm of a perfect answer would be minus infinity. In the loss's own units;
 * this one for topics that state none.
 */
export const DEFAULT_LOSS_FLOOR = 1e-12;

/** The scale on which a topic's losses are reported. */
export type LossScale = 'log10' | 'raw';

/** Losses that are never below zero are reported as logarithms, all others as they are. */
export const scaleOf = (name: LossName): LossScale => (isNeverNegative(name) ? 'log10' : 'raw');

/** A topic's `lossMethod`, taken apart: `NAME` or `NAME?option=number&…&floor=number`, such as `zptae?std=0.02&floor=1e-6`. */
export interface LossMethod {
  /** As written. */
  readonly name: string;
  /** Without the floor. */
  readonly options: LossOptions;
  readonly floor: number;
}

/** Any text is a name; only options after a question mark are looked at. */
export function parseLossMethod(text: string): LossMethod {
  const mark = text.indexOf('?');
  if (mark < 0) return { name: text.trim(), options: {}, floor: DEFAULT_LOSS_FLOOR };
  const options: Record<string, string> = {};
  let floor = DEFAULT_LOSS_FLOOR;
  for (const part of text.slice(mark + 1).split('&')) {
    const [option = '', value, more] = part.split('=').map((piece) => piece.trim());
    if (option === '' || value === undefined || more !== undefined) {
      throw new ProtocolError('INVALID_PARAMETER', `"${part}" in the loss "${text}" is not option=number`);
    }
    if (option === 'floor') floor = requireFloor(Number(value || NaN));
    else options[option] = value;
  }
  return { name: text.slice(0, mark).trim(), options, floor };
}

export type LossMethodVerdict =
  | { readonly verdict: 'accepted' }
  | { readonly verdict: 'refused'; readonly code: 'INVALID_TOPIC_PARAMS'; readonly reason: string };

/** Whether a topic may name it. Options that it leaves open, such as a standard deviation, are each reputer's own to give. */
export function checkLossMethod(text: string): LossMethodVerdict {
  try {
    const { name, options } = parseLossMethod(text);
    requireLossOptions(name, options);
    return { verdict: 'accepted' };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { verdict: 'refused', code: 'INVALID_TOPIC_PARAMS', reason: error.message };
  }
}

/** The one place where a loss becomes a log loss. The result is finite; NaN and losses below zero are refused. */
export function logLoss(loss: number, floor: number): number {
  if (!(loss >= 0)) {
    throw new ProtocolError('INVALID_INPUT', `the logarithm is of losses of 0 or more, not of ${loss}`);
  }
  return decimalLogarithm(saturate(Math.max(loss, requireFloor(floor))));
}

/** On the scale that goes into a bundle. */
export function scaledLoss(loss: number, scale: LossScale, floor: number): number {
  if (scale === 'log10') return logLoss(loss, floor);
  if (!Number.isNaN(loss)) return saturate(loss);
  throw new ProtocolError('INVALID_INPUT', 'the loss is no number');
}

/** What a topic's losses are made by. */
export interface TopicLoss {
  readonly name: LossName;
  readonly scale: LossScale;
  readonly floor: number;
  readonly loss: Loss;
  /** The loss as it is reported. */
  readonly reported: Loss;
}

/**
 * @param settings options that the topic does not state itself, such as a standard deviation; those of the topic win.
 * @throws ProtocolError INVALID_PARAMETER as `lossFunction`.
 */
export function topicLoss(lossMethod: string, settings: LossOptions = {}): TopicLoss {
  const { name, options, floor } = parseLossMethod(lossMethod);
  const loss = lossFunction(name, { ...settings, ...options });
  const canonical = lossNamed(name)!;
  const scale = scaleOf(canonical);
  const reported: Loss = (truth, prediction) => scaledLoss(loss(truth, prediction), scale, floor);
  return { name: canonical, scale, floor, loss, reported };
}

function requireFloor(floor: number): number {
  if (floor > 0 && floor < Infinity) return floor;
  throw new ProtocolError('INVALID_PARAMETER', `the floor of a loss is above 0 and finite, not ${floor}`);
}
