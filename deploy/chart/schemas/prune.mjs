#!/usr/bin/env node
// Renews kubernetes.json: of the strict schemas of a Kubernetes version what the chart's kinds need, without the descriptions.
//   pip download --no-deps kubernetes-validate==1.37.0 && unzip kubernetes_validate-*.whl
//   node deploy/chart/schemas/prune.mjs kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const kinds = [
  'v1/ConfigMap',
  'v1/Pod',
  'v1/Service',
  'v1/ServiceAccount',
  'apps/v1/Deployment',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'batch/v1/Job',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy/v1/PodDisruptionBudget',
];

const folder = process.argv[2];
const { $defs: all } = JSON.parse(readFileSync(path.join(folder, '_definitions.json'), 'utf8'));
const place = (reference) => reference.split('/').at(-1);

const kindOf = (definition) =>
  (definition['x-kubernetes-group-version-kind'] ?? []).map(({ group, version, kind }) =>
    [group, version, kind].filter(Boolean).join('/'),
  );

function pruned(node, needed) {
  if (Array.isArray(node)) return node.map((part) => pruned(part, needed));
  if (node === null || typeof node !== 'object') return node;
  const kept = Object.entries(node).filter(
    ([key, value]) =>
      !key.startsWith('x-') && !(['description', 'format'].includes(key) && typeof value === 'string'),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key !== '$ref') return [key, pruned(value, needed)];
      needed.add(place(value));
      return [key, `#/$defs/${place(value)}`];
    }),
  );
}

const byKind = Object.fromEntries(
  kinds.map((kind) => {
    const [name] = Object.entries(all).find(([, definition]) => kindOf(definition).includes(kind)) ?? [];
    if (name === undefined) throw new Error(`${folder} has no ${kind}`);
    return [kind, name];
  }),
);
const $defs = {};
for (const needed = new Set(Object.values(byKind)); ;) {
  const missing = [...needed].filter((name) => !(name in $defs));
  if (missing.length === 0) break;
  for (const name of missing) $defs[name] = pruned(all[name], needed);
}
const sorted = Object.fromEntries(Object.entries($defs).sort(([a], [b]) => (a < b ? -1 : 1)));
const version = /v(\d+\.\d+)/.exec(folder)?.[1];
/** A definition a line: small, and a change of one is a line of a diff. */
const lines = Object.entries(sorted).map(
  ([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`,
);
writeFileSync(
  path.join(import.meta.dirname, 'kubernetes.json'),
  `{"version":"${version}","kinds":${JSON.stringify(byKind)},"$defs":{\n${lines.join(',\n')}\n}}\n`,
);
