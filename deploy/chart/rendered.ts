import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

export const chart = path.resolve(import.meta.dirname, '../../helm/allora');

/** A rendered object, as far as these tests look into one. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

export interface Variant {
  /** Values files of the chart, the later ones above. */
  readonly files: readonly string[];
  /** Above the files. */
  readonly values?: unknown;
  readonly upgrade?: boolean;
}

export function helm(program: string, args: readonly string[], values?: unknown): string {
  const done = spawnSync(program, args, {
    input: JSON.stringify(values ?? {}),
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (done.status !== 0) throw new Error(`helm ${args[0]}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

/** Of Kubernetes 1.37, whose schemas there are; a Helm built from source knows of no version. */
export const valuesArgs = ({ files }: Variant): string[] => [
  '--kube-version=1.37.0',
  ...files.flatMap((file) => ['-f', path.join(chart, file)]),
  '-f',
  '-',
];

export function render(program: string, variant: Variant): KubernetesObject[] {
  const args = [
    'template',
    'net',
    chart,
    ...valuesArgs(variant),
    ...(variant.upgrade ? ['--is-upgrade'] : []),
  ];
  return parseAllDocuments(helm(program, args, variant.values), { version: '1.1' }).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** What a company may choose beyond the files: everything that is off by default is on somewhere. */
const everything = {
  image: { digest: `sha256:${'ab'.repeat(32)}` },
  imagePullSecrets: [{ name: 'registry' }],
  genesisTime: '2026-01-31T12:00:00Z',
  database: { caSecretName: 'database-ca' },
  networkKey: {
    publicKeys: [`02${'ab'.repeat(32)}@/2026-02-01T00:00:00Z`, `03${'cd'.repeat(32)}@2026-03-01T00:00:00Z/`],
  },
  evm: {
    chains: [`11155111=0x${'5f'.repeat(20)}`],
    signerAddresses: [`0x${'ab'.repeat(20)}@2026-03-01T00:00:00Z/`],
  },
  kafka: { topicPrefix: 'net.', tls: { caSecretName: 'kafka-ca', certSecretName: 'kafka-cert' } },
  tls: { ca: { secretName: 'house-ca' } },
  oidc: {
    issuer: 'https://login.example.org',
    audience: 'allora',
    jwksUrl: 'https://login.example.org/keys',
  },
  corsOrigins: ['https://app.example.org'],
  podAnnotations: { team: 'network' },
  nodeSelector: { pool: 'network' },
  tolerations: [{ key: 'network', operator: 'Exists', effect: 'NoSchedule' }],
  priorityClassName: 'network',
  gatewayApi: {
    enabled: true,
    parentRefs: [{ name: 'public', namespace: 'gateways' }],
    hostnames: ['allora.example.org'],
    grpcHostnames: ['grpc.allora.example.org'],
  },
  monitoring: { labels: { release: 'prometheus' } },
  tracing: { endpoint: 'http://otel-collector:4318' },
};

export const variants: Readonly<Record<string, Variant>> = {
  default: { files: [] },
  small: { files: ['values-small.yaml'] },
  production: { files: ['values-production.yaml'] },
  'air-gapped': { files: ['values-air-gapped.yaml'] },
  'air-gapped in production': { files: ['values-production.yaml', 'values-air-gapped.yaml'] },
  'small with operators': {
    files: ['values-small.yaml'],
    values: { strimzi: { enabled: true }, cloudNativePg: { enabled: true }, prepare: { enabled: true } },
  },
  'production with made secrets': {
    files: ['values-production.yaml'],
    values: { externalSecrets: { enabled: false } },
  },
  everything: { files: ['values-production.yaml'], values: everything },
  'scaled by CPU': {
    files: [],
    values: { autoscaling: { mode: 'cpu' }, ingress: { enabled: true, host: 'a.example.org' } },
  },
  'an upgrade': { files: ['values-air-gapped.yaml'], upgrade: true },
  'without a preparation': {
    files: [],
    values: { prepare: { enabled: false }, networkPolicy: { enabled: false } },
  },
};
