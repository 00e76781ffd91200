import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const bin = (name: string) => path.join(root, 'node_modules/.bin', name);
const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };

interface Graph {
  nodes: Record<string, { data: { tags: string[]; targets: Record<string, unknown> } }>;
  dependencies: Record<string, { target: string }[]>;
}

/** The architecture's "imports point downwards only". */
const mayImport: Record<string, string[]> = {
  core: [],
  contract: ['core'],
  infra: ['infra', 'contract', 'core'],
  client: ['client', 'contract', 'core'],
  service: ['infra', 'contract', 'core'],
  app: ['service', 'infra', 'client', 'contract', 'core'],
};

let graph: Graph;

beforeAll(() => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'allora-graph-'));
  try {
    const file = path.join(folder, 'graph.json');
    execFileSync(bin('nx'), ['graph', `--file=${file}`], { cwd: root, env, stdio: 'pipe' });
    graph = (JSON.parse(readFileSync(file, 'utf8')) as { graph: Graph }).graph;
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

const layerOf = (project: string) =>
  graph.nodes[project]!.data.tags.find((tag) => tag.startsWith('layer:'))?.slice('layer:'.length);

/** Lints a source text as if it stood at that place in the tree. */
function lint(file: string, source: string) {
  const done = spawnSync(
    bin('eslint'),
    ['--stdin', '--stdin-filename', path.join(root, file), '--format', 'json'],
    {
      cwd: root,
      env,
      input: source,
      encoding: 'utf8',
    },
  );
  const [report] = JSON.parse(done.stdout) as { messages: { ruleId: string; message: string }[] }[];
  return report!.messages.map((message) => message.ruleId);
}

describe('the project graph', () => {
  it('has the arrows of the architecture and no other', () => {
    const wrong = Object.entries(graph.dependencies).flatMap(([source, targets]) =>
      targets
        .filter(({ target }) => target in graph.nodes)
        .filter(({ target }) => !mayImport[layerOf(source) ?? '']?.includes(layerOf(target) ?? ''))
        .map(({ target }) => `${source} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has the arrows that make the network', () => {
    const arrows = (source: string) =>
      graph.dependencies[source]!.map(({ target }) => target).filter((target) => target in graph.nodes);
    const services = Object.keys(graph.nodes).filter((project) => layerOf(project) === 'service');
    expect(services).toHaveLength(7);
    expect(arrows('standalone')).toEqual(expect.arrayContaining(services));
    for (const service of services) {
      expect(arrows(service), service).toEqual(expect.arrayContaining(['contracts', 'service-kit']));
    }
    expect(arrows('protocol')).toEqual([]);
  });

  it('holds every project of the map', () => {
    expect(Object.keys(graph.nodes).sort()).toEqual([
      'backtest',
      'bus',
      'cli',
      'contracts',
      'evm-consumer',
      'forecast-ingest',
      'forecaster',
      'gateway',
      'identity',
      'inference-ingest',
      'onnx-worker',
      'protocol',
      'public-api',
      'reputation',
      'rewards',
      'runner',
      'sdk',
      'service-kit',
      'standalone',
      'store',
      'submission-log',
      'synthesis',
      'topic-coordinator',
      'typescript-forecaster',
    ]);
  });
});

describe('lint', () => {
  it('runs on every project', () => {
    for (const [name, { data }] of Object.entries(graph.nodes))
      expect(Object.keys(data.targets), name).toContain('lint');
  });

  it('refuses a service that imports a service', () => {
    expect(
      lint('services/synthesis/src/probe.ts', `import '@allora/rewards/config';\nexport const probe = 1;\n`),
    ).toEqual(['@nx/enforce-module-boundaries']);
  }, 60_000);

  it('refuses a core that reaches outside itself', () => {
    const source = [
      `import { readFileSync } from 'node:fs';`,
      `import { busTopics } from '@allora/contracts/catalog';`,
      `export const probe = [Date.now(), Math.random(), process.pid, readFileSync, busTopics];`,
    ].join('\n');
    const rules = new Set(lint('libs/protocol/src/probe.ts', source));
    expect(rules).toEqual(
      new Set([
        '@nx/enforce-module-boundaries',
        'no-restricted-imports',
        'no-restricted-globals',
        'no-restricted-properties',
      ]),
    );
  }, 60_000);

  it('lets a service import what lies below it', () => {
    expect(
      lint(
        'services/synthesis/src/probe.ts',
        `import { busTopics } from '@allora/contracts/catalog';\nexport const probe = busTopics;\n`,
      ),
    ).toEqual([]);
  }, 60_000);
});
