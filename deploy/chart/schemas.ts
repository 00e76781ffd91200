import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import type { KubernetesObject } from './rendered';
import { customResources, type JsonSchema } from './schemas/custom-resources';

interface KubernetesSchemas {
  readonly version: string;
  /** Names among `$defs` by `apiVersion/kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

const file = path.join(import.meta.dirname, 'schemas/kubernetes.json');
const kubernetes = JSON.parse(readFileSync(file, 'utf8')) as KubernetesSchemas;

const ajv = new Ajv2020({ allErrors: true, strict: false });
ajv.addSchema({ $id: 'kubernetes', $defs: kubernetes.$defs });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with an object, as path and reason; of a kind without a schema that it has none. */
export function problemsOf(object: KubernetesObject): string[] {
  const kind = `${object.apiVersion}/${object.kind}`;
  const name = kubernetes.kinds[kind];
  const schema = name === undefined ? customResources[kind] : { $ref: `kubernetes#/$defs/${name}` };
  if (schema === undefined) return [`there is no schema of ${kind}`];
  const validate = compiled.get(kind) ?? ajv.compile(schema);
  compiled.set(kind, validate);
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}
