import { z } from 'zod';
import { trustShape } from '../decode-inferences';
import { unreadable } from '../errors';
import { parseJson } from '../http';
import type { StreamEvent } from './stream-types';

const place = { topicId: z.number(), nonce: z.number(), toldAtMs: z.number() };
const interval = z.tuple([z.number(), z.number()]).nullable();

const inference = z.object({
  ...place,
  mode: z.string(),
  combined: z.number().nullable(),
  naive: z.number().nullable(),
  outlierResistant: z.number().nullable(),
  interval68: interval,
  interval95: interval,
  effectiveWorkers: z.number(),
  networkLoss: z.number().nullable(),
  initialRegret: z.number(),
  trust: trustShape,
});
const phase = z.object({ ...place, phase: z.string(), height: z.number().nullable() });
const window = z.object({
  ...place,
  role: z.enum(['worker', 'reputer']),
  stage: z.enum(['submit', 'commit', 'reveal']),
  state: z.enum(['open', 'closed']),
  height: z.number(),
  closesHeight: z.number().nullable(),
});

interface Received {
  readonly url: string;
  readonly kind: string;
  readonly data: string;
  readonly cursor: string;
}

/** Undefined for a kind that a newer network tells and this client does not know. */
export function toStreamEvent({ url, kind, data, cursor }: Received): StreamEvent | undefined {
  const read = <T>(schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(parseJson(data));
    if (parsed.success) return parsed.data;
    throw unreadable(url, `an event of kind ${kind} is not of the documented form`);
  };
  switch (kind) {
    case 'inference':
      return { kind, cursor, told: read(inference) };
    case 'phase':
      return { kind, cursor, told: read(phase) };
    case 'window':
      return { kind, cursor, told: read(window) };
    default:
      return undefined;
  }
}
