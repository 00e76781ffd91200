import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { budgetDays } from '../dashboards/slo-rules';
import { requireHelm } from '../tools/helm';
import { podOf } from './pods';
import { chart, helm, render, valuesArgs, variants } from './rendered';

let program: string;
let copy: string;
beforeAll(async () => {
  program = await requireHelm((line) => process.stderr.write(`${line}\n`));
  // Helm shows notes after an installation only: in a copy of the chart they are an object like others.
  copy = mkdtempSync(path.join(os.tmpdir(), 'allora-notes-'));
  cpSync(chart, copy, { recursive: true });
  renameSync(path.join(copy, 'templates/NOTES.txt'), path.join(copy, 'notes.txt'));
  writeFileSync(
    path.join(copy, 'templates/notes.yaml'),
    'text: {{ tpl (.Files.Get "notes.txt") . | toJson }}\n',
  );
}, 600_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Of Strimzi's and CloudNativePG's making. */
const made = ['net-allora-kafka-user', 'net-allora-kafka-cluster-ca-cert', 'net-allora-postgres-ca'];

describe.each(Object.entries(variants))('the notes, %s', (_name, variant) => {
  it('name everything that the pods wait for, and tell how to ask the network', () => {
    const args = ['template', 'net', copy, '--show-only', 'templates/notes.yaml', ...valuesArgs(variant)];
    const { text } = parse(helm(program, args, variant.values)) as { text: string };
    expect(text).not.toMatch(/<no value>|%!|<nil>/);
    const objects = render(program, variant);
    const awaited = objects.flatMap((object) => {
      const pod = podOf(object);
      const files = (pod?.volumes ?? []).map(
        ({ secret, configMap }) => secret?.secretName ?? configMap?.name,
      );
      const keys = (pod?.containers ?? []).flatMap(({ env = [] }) =>
        env.map(({ valueFrom }) => valueFrom?.secretKeyRef.name),
      );
      return [...files, ...keys];
    });
    const names = [...new Set(awaited)].filter((name) => name !== undefined && !made.includes(name));
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !text.includes(` ${name}, key`))).toEqual([]);
    expect(text).toContain('helm -n default test net');
    expect(text).toMatch(/curl -s \S+\/v1\/topics/);
    const hasRules = objects.some(({ kind }) => kind === 'PrometheusRule');
    expect(text.includes(`look back ${budgetDays.replace('d', ' days')}`)).toBe(hasRules);
  });
});
