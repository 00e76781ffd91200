import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ServiceName } from '@allora/contracts/catalog';
import { commonRules, signerRule } from '@allora/service-kit/common-config';
import { type ConfigRule, readConfig } from '@allora/service-kit/config';
import { environmentName } from '@allora/service-kit/config-field';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { requireHelm } from '../tools/helm';
import { componentOf, type Container, podOf } from './pods';
import { chart, helm, type KubernetesObject, render, valuesArgs, variants } from './rendered';
import { problemsOf } from './schemas';
import { keyHolders, serviceConfigs, serviceNames } from './services';

let program: string;
beforeAll(async () => {
  program = await requireHelm((line) => process.stderr.write(`${line}\n`));
}, 600_000);

const of = (objects: readonly KubernetesObject[], kind: string) =>
  objects.filter((object) => object.kind === kind);

describe.each(Object.entries(variants))('the chart, %s', (_name, variant) => {
  let objects: KubernetesObject[];
  beforeAll(() => {
    objects = render(program, variant);
  }, 60_000);

  it('passes helm lint', () => {
    const args = ['lint', chart, '--strict', '--quiet', ...valuesArgs(variant)];
    expect(() => helm(program, args, variant.values)).not.toThrow();
  });

  it('renders objects of their schemas, each once', () => {
    expect(objects.length).toBeGreaterThan(25);
    const problems = objects.flatMap((object) =>
      problemsOf(object).map((problem) => `${object.kind} ${object.metadata.name}${problem}`),
    );
    expect(problems).toEqual([]);
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('runs nothing as root, with a writable root or with more rights than none', () => {
    const pods = objects.flatMap((object) => podOf(object) ?? []);
    expect(pods.length).toBeGreaterThan(7);
    for (const pod of pods) {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        expect(container.securityContext, container.name).toEqual({
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources?.limits, container.name).toBeDefined();
        expect((container.volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true)).toEqual([]);
      }
    }
  });

  it('gives every pod an account of its own kind, without a token', () => {
    const accounts = of(objects, 'ServiceAccount') as (KubernetesObject & {
      automountServiceAccountToken?: boolean;
    })[];
    expect(accounts.filter((account) => account.automountServiceAccountToken !== false)).toEqual([]);
    const names = accounts.map(({ metadata }) => metadata.name);
    const wanted = objects.flatMap((object) => podOf(object)?.serviceAccountName ?? []);
    expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has a Deployment and a Service of each service, and a budget of each that has replicas', () => {
    for (const kind of ['Deployment', 'Service']) {
      expect(of(objects, kind).map(componentOf).sort(), kind).toEqual([...serviceNames].sort());
    }
    for (const deployment of of(objects, 'Deployment')) {
      const pod = podOf(deployment)!;
      const [container] = pod.containers;
      expect(container).toMatchObject({ startupProbe: {}, livenessProbe: {}, readinessProbe: {} });
      expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
        'kubernetes.io/hostname',
        'topology.kubernetes.io/zone',
      ]);
    }
    const several = of(objects, 'Deployment').filter(replicated).map(componentOf);
    expect(of(objects, 'PodDisruptionBudget').map(componentOf).sort()).toEqual(several.sort());
  });

  it('tells every service what it understands, and nothing that it does not', () => {
    for (const deployment of of(objects, 'Deployment')) {
      const service = componentOf(deployment) as ServiceName;
      const env = environmentOf(podOf(deployment)!.containers[0]!);
      const schema: z.ZodObject = serviceConfigs[service];
      const known = [...Object.keys(schema.shape).map(environmentName), 'NODE_EXTRA_CA_CERTS'];
      expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
      const config = readConfig(schema, { env, rules: commonRules as ConfigRule<Record<string, unknown>>[] });
      expect(config, service).toMatchObject({
        bus: 'kafka',
        httpPort: 8080,
        grpcPort: 9080,
        operationsPort: 8081,
      });
    }
  });
});

describe('the keys of the network', () => {
  const settingsOf = (name: string) =>
    Object.fromEntries(
      of(render(program, variants[name]!), 'Deployment').map((deployment) => [
        componentOf(deployment),
        environmentOf(podOf(deployment)!.containers[0]!),
      ]),
    );
  const told = (settings: ReturnType<typeof settingsOf>, variable: string) =>
    serviceNames.filter((service) => variable in settings[service]!);

  it('come to who signs with them or acts on their word, and to nobody else', () => {
    expect(keyHolders).toEqual(expect.arrayContaining(['gateway', 'rewards', 'reputation']));
    const settings = settingsOf('default');
    expect(told(settings, 'NETWORK_KEY')).toEqual(keyHolders);
    expect(told(settings, 'NETWORK_PUBLIC_KEYS')).toEqual([]);
    expect(told(settings, 'EVM_SIGNING_KEY')).toEqual([]);
  });

  it('are replaced with those of other times beside them, told alike by all', () => {
    const settings = settingsOf('everything');
    expect(told(settings, 'NETWORK_KEY')).toEqual(keyHolders);
    expect(told(settings, 'NETWORK_PUBLIC_KEYS')).toEqual(keyHolders);
    for (const variable of ['EVM_SIGNING_KEY', 'EVM_SIGNER_ADDRESSES'])
      expect(told(settings, variable)).toEqual(['gateway']);
    const read = readConfig(serviceConfigs.gateway, { env: settings.gateway!, rules: [signerRule] });
    const listed = variants.everything!.values as {
      networkKey: { publicKeys: string[] };
      evm: { signerAddresses: string[] };
    };
    expect(read.networkPublicKeys).toEqual(listed.networkKey.publicKeys);
    expect(read.evmSignerAddresses).toEqual(listed.evm.signerAddresses);
    expect(new Set(keyHolders.map((service) => settings[service]!.NETWORK_PUBLIC_KEYS)).size).toBe(1);
  });

  it('are of the secret that is named, so that the next one comes with its list', () => {
    const values = { networkKey: { secretName: 'allora-network-2' } };
    const names = of(render(program, { files: [], values }), 'Deployment').flatMap((deployment) =>
      (podOf(deployment)!.containers[0]!.env ?? []).flatMap(({ name, valueFrom }) =>
        name === 'NETWORK_KEY' ? [valueFrom?.secretKeyRef.name] : [],
      ),
    );
    expect(names).toEqual(keyHolders.map(() => 'allora-network-2'));
  });
});

describe('the package', () => {
  it('holds what is installed, and not how it is tested', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'allora-package-'));
    try {
      helm(program, ['package', chart, '--destination', folder]);
      const archive = path.join(folder, readdirSync(folder)[0]!);
      const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n');
      expect(names).toEqual(
        expect.arrayContaining(['allora/files/alerts/slo.yml', 'allora/templates/tests/ready.yaml']),
      );
      expect(names.filter((name) => name.startsWith('allora/files/alerts/tests'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a PostgreSQL cluster of its own', () => {
  interface Scaler {
    readonly maxReplicaCount: number;
  }
  it.each(['air-gapped', 'air-gapped in production', 'small with operators'])(
    'takes all connections that there may be: %s',
    (name) => {
      const objects = render(program, variants[name]!);
      const cluster = of(objects, 'Cluster')[0]!.spec as {
        postgresql: { parameters: { max_connections: string } };
      };
      const needed = of(objects, 'Deployment').map((deployment) => {
        const scaler = of(objects, 'ScaledObject').find(
          ({ metadata }) => metadata.name === deployment.metadata.name,
        );
        const most = scaler
          ? (scaler.spec as Scaler).maxReplicaCount
          : (deployment.spec as { replicas: number }).replicas;
        const env = environmentOf(podOf(deployment)!.containers[0]!);
        return (most + 1) * Number(env.DATABASE_POOL_SIZE);
      });
      const sum = needed.reduce((total, each) => total + each, 0);
      expect(sum).toBeGreaterThan(50);
      // Besides them the operator's own, and a person's.
      expect(Number(cluster.postgresql.parameters.max_connections)).toBeGreaterThanOrEqual(sum + 10);
    },
  );
});

describe('the preparation', () => {
  const isFirst = ({ metadata }: KubernetesObject) =>
    metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade';
  const weight = ({ metadata }: KubernetesObject) => Number(metadata.annotations?.['helm.sh/hook-weight']);
  const preparing = (name: string) =>
    render(program, variants[name]!).filter((object) => componentOf(object) === 'prepare');

  it.each(['default', 'production with made secrets', 'an upgrade'])('comes before the pods: %s', (name) => {
    const objects = preparing(name);
    expect(objects.filter((object) => !isFirst(object))).toEqual([]);
    const inOrder = objects
      .toSorted((a, b) => weight(a) - weight(b))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(inOrder.slice(0, 2).sort()).toEqual([
      'NetworkPolicy net-allora-prepare',
      'ServiceAccount net-allora-prepare',
    ]);
    expect(inOrder.slice(2)).toEqual(['Job net-allora-prepare-migrate', 'Job net-allora-prepare-topics']);
  });

  it.each(['production', 'small with operators'])(
    'goes beside them where it needs what they come with: %s',
    (name) => {
      const objects = preparing(name);
      expect(objects.map(({ kind }) => kind).sort()).toEqual([
        'Job',
        'Job',
        'NetworkPolicy',
        'ServiceAccount',
      ]);
      expect(objects.filter(isFirst)).toEqual([]);
    },
  );

  it('makes the roles that the services connect as, of the same secret', () => {
    const jobs = preparing('production').flatMap((object) => podOf(object)?.containers ?? []);
    expect(jobs.map(({ args }) => args.slice(1))).toEqual([
      ['dist/prepare/main.js', 'migrate', 'roles'],
      ['dist/prepare/main.js', 'topics'],
    ]);
    const keys = (jobs[0]!.env ?? []).flatMap(({ name, valueFrom }) =>
      name.endsWith('DATABASE_URL') ? [valueFrom?.secretKeyRef.key] : [],
    );
    expect(keys.sort()).toEqual([...serviceNames, 'url'].sort());
    expect(preparing('without a preparation')).toEqual([]);
  });
});

/** A scaled one has its least number in its scaler. */
const replicated = ({ spec }: KubernetesObject): boolean =>
  ((spec as { replicas?: number }).replicas ?? 2) > 1;

/** What secrets hold, by their form. */
const secrets: Record<string, string> = {
  DATABASE_URL: 'postgresql://user:password@host:5432/allora?sslmode=verify-full',
  REDIS_URL: 'rediss://host:6379',
  NETWORK_KEY: 'ab'.repeat(32),
  EVM_SIGNING_KEY: 'cd'.repeat(32),
  KAFKA_SASL_PASSWORD: 'password',
};

function environmentOf({ env = [] }: Container): Record<string, string> {
  const names = env.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  return Object.fromEntries(env.map(({ name, value }) => [name, value ?? secrets[name] ?? '']));
}
