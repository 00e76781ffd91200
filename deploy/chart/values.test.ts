import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { requireHelm } from '../tools/helm';
import { chart, render } from './rendered';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const read = (name: string) => readFileSync(path.join(chart, name), 'utf8');
const schema = JSON.parse(read('values.schema.json')) as Schema;
const values = parse(read('values.yaml'), { version: '1.1', merge: true }) as Record<string, unknown>;

const resolved = (part: Schema): Schema =>
  part.$ref === undefined ? part : schema.definitions![part.$ref.split('/').at(-1)!]!;

/** Every object among the schema, by its place. */
function objectsOf(part: Schema, place: string): { place: string; part: Schema }[] {
  const own = resolved(part);
  const below = Object.entries(own.properties ?? {}).flatMap(([name, child]) =>
    objectsOf(child, `${place}.${name}`),
  );
  const items = own.items === undefined ? [] : objectsOf(own.items, `${place}[]`);
  return [...(own.type === 'object' ? [{ place, part: own }] : []), ...below, ...items];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Places at which the schema and the values do not name the same. */
function differences(part: Schema, value: unknown, place: string): string[] {
  const { properties } = resolved(part);
  if (properties === undefined || !isObject(value)) return [];
  const unset = Object.keys(properties).filter((name) => !(name in value));
  const unknown = Object.keys(value).filter((name) => !(name in properties));
  return [
    ...[...unset, ...unknown].map((name) => `${place}.${name}`),
    ...Object.entries(properties).flatMap(([name, child]) =>
      differences(child, value[name], `${place}.${name}`),
    ),
  ];
}

describe('values.schema.json', () => {
  it('leaves no object open but maps, whose values it types, and what is Helm’s own', () => {
    const open = objectsOf(schema, '').filter(({ part }) => part.additionalProperties !== false);
    const untyped = open.filter(({ part }) => !isObject(part.additionalProperties));
    expect(untyped.map(({ place }) => place)).toEqual(['.global']);
  });

  it('and values.yaml name the same values', () => {
    const optional = ['.global'];
    expect(differences(schema, values, '').filter((place) => !optional.includes(place))).toEqual([]);
  });
});

describe('values that would not work', () => {
  let program: string;
  beforeAll(async () => {
    program = await requireHelm((line) => process.stderr.write(`${line}\n`));
  }, 600_000);

  it.each([
    ['a misspelt one', { kafka: { broker: [] } }, 'broker'],
    ['a setting that the chart owns', { services: { gateway: { env: { BUS: 'embedded' } } } }, "'BUS'"],
    ['a setting that is no text', { services: { gateway: { env: { MAX_STREAMS: 5 } } } }, 'MAX_STREAMS'],
    ['a password over a plain line', { kafka: { sasl: { mechanism: 'plain' } } }, 'kafka'],
    ['an ingress without a host', { ingress: { enabled: true } }, 'host'],
    ['a Gateway that nobody names', { gatewayApi: { enabled: true } }, 'parentRefs'],
    ['a store that nobody names', { externalSecrets: { enabled: true } }, 'storeName'],
    ['half an issuer', { oidc: { issuer: 'https://login.example.org' } }, 'oidc'],
    ['a former key of another form', { networkKey: { publicKeys: ['02ab'] } }, 'publicKeys'],
    [
      'the keys apart from the key',
      { services: { rewards: { env: { NETWORK_PUBLIC_KEYS: 'x' } } } },
      'PUBLIC_KEYS',
    ],
    ['a tag for a digest', { image: { digest: 'latest' } }, 'digest'],
    ['no broker', { kafka: { brokers: [] } }, 'brokers'],
  ])('are refused: %s', (_name, wrong, told) => {
    expect(() => render(program, { files: [], values: wrong })).toThrow(told);
  });
});
