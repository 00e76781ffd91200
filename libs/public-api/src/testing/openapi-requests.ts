import fc from 'fast-check';
import { generateSync } from 'json-schema-faker';

type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | undefined;
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Answer {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

export interface Request {
  readonly path: Readonly<Record<string, string>>;
  /** Pairs: a name may be sent twice. */
  readonly query: readonly (readonly [string, string])[];
  readonly body: string | undefined;
}

/** Values that mean something to the network under test, by the name of the parameter or of the body's field. */
export type Dictionary = Readonly<Record<string, readonly string[]>>;

export interface Vocabulary {
  readonly known: Dictionary;
  /** Makes a body of the documented form one that is also true: signed, say. */
  readonly dress?: (operationId: string, body: unknown, path: Request['path']) => unknown;
}

/** Deeper ones would be filled with what the schema does not allow; longer lists cost time and show nothing more. */
const BOUNDS = { maxDepth: 20, maxItems: 3 };

const fromSchema = (schema: JsonSchema) =>
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((seed) => generateSync(schema, { ...BOUNDS, seed }));

function validText({ name, schema }: Parameter, { operationId }: Operation, known: Dictionary) {
  const values = known[`${operationId}.${name}`] ?? known[name] ?? [];
  if (ONLY_KNOWN.includes(name)) return fc.constantFrom(...values);
  const generated = fromSchema(schema)
    .map(String)
    .filter((text) => text !== '');
  return values.length === 0
    ? generated
    : fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 3 }, generated);
}

/** Cursors are opaque, addresses carry a checksum, and waits cost time: of those only known values are valid. */
const ONLY_KNOWN = [
  ...['after', 'cursor', 'continuation_token'],
  ...['address', 'creator', 'account'],
  ...['timeoutMs', 'waitMs'],
];

/** What no schema of the API lets through, or only by chance. */
const BROKEN = [
  '-1',
  '1.5',
  '1e3',
  'x',
  ' 1',
  '\0',
  'ü',
  '99999999999999999999',
  "' OR 1=1",
  '%',
  '../..',
  '🦉',
  'null',
];

const brokenText = fc.oneof(
  fc.constantFrom(...BROKEN),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !/[/.]/.test(text)),
  fc.constant('9'.repeat(2_500)),
);

const ADDRESS = /^allo1[02-9ac-hj-np-z]{38}$/;

/** A generated body with known values in it: every address, whose checksum no generator hits, and most of the rest. */
function withKnown({ operationId }: Operation, body: unknown, known: Dictionary, seed: number): unknown {
  let turn = seed;
  const next = (values: readonly string[]) => {
    turn = (turn * 48_271 + 11) % 2_147_483_647;
    return values[turn % values.length]!;
  };
  const walk = (node: unknown, name: string): unknown => {
    if (Array.isArray(node)) return node.map((item) => walk(item, name));
    if (typeof node === 'object' && node !== null)
      return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, walk(member, key)]));
    const values = known[`${operationId}.${name}`] ?? known[name] ?? [];
    if (typeof node === 'string' && ADDRESS.test(node))
      return next(values.length > 0 ? values : (known.address ?? [node]));
    if (values.length === 0 || next(['known', 'known', 'known', 'generated']) === 'generated') return node;
    return typeof node === 'number' ? Number(next(values)) : next(values);
  };
  return walk(body, '');
}

const bodies = (operation: Operation, known: Dictionary): fc.Arbitrary<unknown> =>
  operation.body
    ? fc
        .tuple(fromSchema(operation.body), fc.nat())
        .map(([made, seed]) => withKnown(operation, made, known, seed))
    : fc.constant(undefined);

export const validRequests = (operation: Operation, { known, dress }: Vocabulary): fc.Arbitrary<Request> => {
  const { operationId } = operation;
  const named = (place: Parameter['in']) =>
    operation.parameters.filter((parameter) => parameter.in === place);
  const texts = (parameters: readonly Parameter[]) =>
    Object.fromEntries(parameters.map((each) => [each.name, validText(each, operation, known)]));
  // What is known to have no valid value here is not sent.
  const asked = named('query').filter(({ name }) => known[`${operationId}.${name}`]?.length !== 0);
  const requiredKeys = asked.filter(({ required }) => required).map(({ name }) => name);
  const parts = fc.record({
    path: fc.record(texts(named('path'))),
    query: fc
      .record(texts(asked), { requiredKeys })
      .map((pairs) => Object.entries(pairs) as [string, string][]),
    body: bodies(operation, known),
  });
  return parts.map(({ path, query, body }) => {
    const dressed = body === undefined ? undefined : (dress?.(operationId, body, path) ?? body);
    return { path, query, body: dressed === undefined ? undefined : JSON.stringify(dressed) };
  });
};

const brokenBodies = fc.oneof(
  fc.json(),
  fc.constantFrom('{', '[]', 'null', '""', '{"__proto__":{}}', '{"constructor":{"prototype":{}}}', ''),
);

export interface BrokenRequest extends Request {
  /** What was broken: a parameter, a name that does not exist, the body, or a field of it. */
  readonly broken: { readonly parameter: Parameter; readonly text: string } | 'name' | 'body' | 'field';
}

/** A valid request with one thing wrong. */
export function brokenRequests(operation: Operation, words: Vocabulary): fc.Arbitrary<BrokenRequest> {
  const valid = validRequests(operation, words);
  const wrongs: fc.Arbitrary<BrokenRequest>[] = operation.parameters
    .filter((parameter) => parameter.in !== 'header')
    .map((parameter) =>
      fc.tuple(valid, brokenText).map(([request, text]) => ({
        ...withText(request, parameter, text),
        broken: { parameter, text },
      })),
    );
  wrongs.push(
    fc.tuple(valid, brokenText).map(([request, text]) => ({
      ...request,
      query: [...request.query, ['noSuchName', text]],
      broken: 'name',
    })),
  );
  if (operation.body) {
    wrongs.push(
      fc.tuple(valid, brokenBodies).map(([request, body]) => ({ ...request, body, broken: 'body' })),
      fc.tuple(valid, brokenValue, fc.nat()).map(([request, value, place]) => ({
        ...request,
        body: withBrokenField(request.body ?? '{}', value, place),
        broken: 'field',
      })),
    );
  }
  return fc.oneof(...wrongs);
}

const brokenValue = fc.oneof(
  brokenText,
  fc.constantFrom(null, true, -1, 1.5, 1e300, [], {}, { x: [] }, undefined),
);

/** The same body with one field more, or with another value in one of its own, or without it. */
function withBrokenField(body: string, value: unknown, place: number): string {
  const fields = JSON.parse(body) as Record<string, unknown>;
  const names = ['noSuchName', ...Object.keys(fields)];
  return JSON.stringify({ ...fields, [names[place % names.length]!]: value });
}

function withText(request: Request, { name, in: place }: Parameter, text: string): Request {
  if (place === 'path') return { ...request, path: { ...request.path, [name]: text } };
  return { ...request, query: [...request.query.filter(([other]) => other !== name), [name, text]] };
}

export function urlOf({ path }: Operation, request: Request): string {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(request.path[name] ?? ''),
  );
  const query = request.query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return query === '' ? place : `${place}?${query}`;
}
