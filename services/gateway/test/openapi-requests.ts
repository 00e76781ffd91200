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
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

export interface Request {
  readonly path: Readonly<Record<string, string>>;
  /** Pairs: a name may be sent twice. */
  readonly query: readonly (readonly [string, string])[];
  readonly body: string | undefined;
}

/** Values that mean something to the network under test, by the name of the parameter. */
export type Dictionary = Readonly<Record<string, readonly string[]>>;

const fromSchema = (schema: JsonSchema) =>
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((seed) => generateSync(schema, { seed }));

function validText({ name, schema }: Parameter, { operationId }: Operation, known: Dictionary) {
  const values = known[`${operationId}.${name}`] ?? known[name] ?? [];
  if (ONLY_KNOWN.includes(name)) return fc.constantFrom(...values);
  const generated = fromSchema(schema)
    .map(String)
    .filter((text) => text !== '');
  return values.length === 0 ? generated : fc.oneof(fc.constantFrom(...values), generated);
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

export const validRequests = (operation: Operation, known: Dictionary): fc.Arbitrary<Request> => {
  const named = (place: Parameter['in']) =>
    operation.parameters.filter((parameter) => parameter.in === place);
  const texts = (parameters: readonly Parameter[]) =>
    Object.fromEntries(parameters.map((each) => [each.name, validText(each, operation, known)]));
  // What is known to have no valid value here is not sent.
  const asked = named('query').filter(({ name }) => known[`${operation.operationId}.${name}`]?.length !== 0);
  const requiredKeys = asked.filter(({ required }) => required).map(({ name }) => name);
  return fc.record({
    path: fc.record(texts(named('path'))),
    query: fc
      .record(texts(asked), { requiredKeys })
      .map((pairs) => Object.entries(pairs) as [string, string][]),
    body: operation.body
      ? fromSchema(operation.body).map((body) => JSON.stringify(body))
      : fc.constant(undefined),
  });
};

const brokenBodies = fc.oneof(
  fc.json(),
  fc.constantFrom('{', '[]', 'null', '""', '{"__proto__":{}}', '{"constructor":{"prototype":{}}}', ''),
);

export interface BrokenRequest extends Request {
  /** What was broken: a parameter, a name that does not exist, or the body. */
  readonly broken: { readonly parameter: Parameter; readonly text: string } | 'name' | 'body';
}

/** A valid request with one thing wrong. */
export function brokenRequests(operation: Operation, known: Dictionary): fc.Arbitrary<BrokenRequest> {
  const wrongs: fc.Arbitrary<BrokenRequest>[] = operation.parameters
    .filter((parameter) => parameter.in !== 'header')
    .map((parameter) =>
      fc.tuple(validRequests(operation, known), brokenText).map(([request, text]) => ({
        ...withText(request, parameter, text),
        broken: { parameter, text },
      })),
    );
  wrongs.push(
    fc.tuple(validRequests(operation, known), brokenText).map(([request, text]) => ({
      ...request,
      query: [...request.query, ['noSuchName', text]],
      broken: 'name',
    })),
  );
  if (operation.body) {
    wrongs.push(
      fc.tuple(validRequests(operation, known), brokenBodies).map(([request, body]) => ({
        ...request,
        body,
        broken: 'body',
      })),
    );
  }
  return fc.oneof(...wrongs);
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
