import type { z } from 'zod';

export type FieldKind = 'number' | 'bigint' | 'boolean' | 'text' | { readonly listOf: FieldKind };

export interface FieldFacts {
  readonly name: string;
  /** Environment variable that sets it. */
  readonly variable: string;
  readonly kind: FieldKind;
  readonly help: string;
  readonly required: boolean;
  readonly fallback: unknown;
  readonly secret: boolean;
}

/** `workerThreads` -> `WORKER_THREADS`. */
export const environmentName = (field: string): string =>
  field.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

export function describeField(name: string, field: z.ZodType): FieldFacts {
  const layers = unwrap(field);
  const metas = layers.map((layer) => layer.meta() ?? {});
  const fallback = layers.map((layer) => definition(layer).defaultValue).find((value) => value !== undefined);
  return {
    name,
    variable: environmentName(name),
    kind: kindOf(layers.at(-1) ?? field),
    help: metas.find((meta) => meta.description !== undefined)?.description ?? '',
    required: !layers.some((layer) => ['default', 'prefault', 'optional'].includes(definition(layer).type)),
    fallback,
    secret: metas.some((meta) => meta.secret === true),
  };
}

/** Text of the environment as the field's own type; what does not read as that type stays text, for the schema to refuse. */
export function coerceText(kind: FieldKind, text: string): unknown {
  if (typeof kind === 'object') return splitList(text).map((item) => coerceText(kind.listOf, item));
  if (kind === 'number' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (kind === 'bigint' && /^-?\d+$/.test(text)) return BigInt(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly defaultValue?: unknown;
}

const definition = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

/** The schema and everything it wraps (default, optional, pipe), outermost first. */
function unwrap(schema: z.ZodType): z.ZodType[] {
  const { innerType, in: input } = definition(schema);
  const inner = innerType ?? input;
  return inner ? [schema, ...unwrap(inner)] : [schema];
}

function kindOf(schema: z.ZodType): FieldKind {
  const { type, element } = definition(schema);
  if (type === 'array' && element) return { listOf: kindOf(unwrap(element).at(-1) ?? element) };
  return type === 'number' || type === 'bigint' || type === 'boolean' ? type : 'text';
}
