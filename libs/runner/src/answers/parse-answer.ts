import { isAddress } from '@allora/identity/address';
import type { ForecastElement } from '../models/model';
import { AnswerError, decimalOf, shown } from './decimal';
import { isRecord, tryLossless } from './lossless-json';

/** A number as plain text, in quotes, or as JSON `{"value": …}`, with blanks around it. Its digits are kept. */
export function parseInference(body: string): string {
  const plain = decimalOf(body);
  if (plain !== undefined) return plain;
  const json = tryLossless(body);
  const value = isRecord(json) ? json['value'] : json;
  const decimal = typeof value === 'string' ? decimalOf(value) : undefined;
  if (decimal !== undefined) return decimal;
  throw new AnswerError(`expected a finite decimal number, got ${shown(body)}`);
}

/**
 * Forecast losses by inferer: `{address: number}`, `{address: [number, …]}` of which the first counts, `{"forecasts": {…}}` or
 * `[{"worker", "value"}]`. Empty arrays say nothing; of a worker named twice the first counts.
 */
export function parseForecast(body: string): ForecastElement[] {
  const json = tryLossless(body);
  if (json === undefined)
    throw new AnswerError(`expected a JSON object of losses by worker, got ${shown(body)}`);
  return forecastOf(json);
}

/** The same of JSON that is read already; its numbers may be texts. */
export function forecastOf(json: unknown): ForecastElement[] {
  const inner = isRecord(json) && isRecord(json['forecasts']) ? json['forecasts'] : json;
  const pairs = Array.isArray(inner) ? inner.map(pairOf) : isRecord(inner) ? Object.entries(inner) : null;
  if (pairs === null) throw new AnswerError('expected losses by worker');
  const elements = new Map<string, string>();
  for (const [worker, told] of pairs) {
    const value: unknown = Array.isArray(told) ? told[0] : told;
    if (value === undefined || elements.has(worker)) continue;
    if (!isAddress(worker)) throw new AnswerError(`${shown(worker)} is no worker's address`);
    const decimal = decimalOf(String(value));
    if (decimal === undefined)
      throw new AnswerError(`the loss of ${worker} is ${shown(String(value))}, no number`);
    elements.set(worker, decimal);
  }
  return [...elements].map(([inferer, value]) => ({ inferer, value }));
}

function pairOf(entry: unknown): [string, unknown] {
  if (!isRecord(entry)) throw new AnswerError('expected entries of worker and value');
  const { worker, inferer, value } = entry as { worker?: unknown; inferer?: unknown; value?: unknown };
  return [String(worker ?? inferer ?? ''), value];
}

/**
 * A true value as text, as leniently as today's nodes read it: quotes and thousands commas are taken out, and of several points the
 * first one counts.
 */
export function parseTruth(body: string): string {
  const plain = decimalOf(body);
  if (plain !== undefined) return plain;
  const json = tryLossless(body);
  const text = isRecord(json) && typeof json['value'] === 'string' ? json['value'] : body;
  const bare = text.replaceAll('"', '').trim().replaceAll(',', '');
  const [whole = '', ...parts] = bare.split('.');
  const decimal = decimalOf(parts.length === 0 ? whole : `${whole}.${parts.join('')}`);
  if (decimal !== undefined) return decimal;
  throw new AnswerError(`expected a true value, got ${shown(body)}`);
}
