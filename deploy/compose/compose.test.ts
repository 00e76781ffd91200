import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commonRules } from '@allora/service-kit/common-config';
import { type ConfigRule, readConfig } from '@allora/service-kit/config';
import { environmentName } from '@allora/service-kit/config-field';
import { Ajv2020 } from 'ajv/dist/2020';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { declared, routes } from '../chart/arrows';
import { keyHolders, serviceConfigs, serviceNames } from '../chart/services';
import { budgetDays } from '../dashboards/slo-rules';
import { frontConfiguration } from './front';

const root = path.resolve(import.meta.dirname, '../..');
const file = path.join(root, 'docker-compose.yml');

interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly command?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(readFileSync(file, 'utf8'), { merge: true }) as Compose;
const { services } = compose;

describe('docker-compose.yml', () => {
  it('is a file of the Compose Specification', () => {
    const schema = JSON.parse(
      readFileSync(path.join(import.meta.dirname, 'schemas/compose-spec.json'), 'utf8'),
    ) as object;
    const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
    const validate = ajv.compile(schema);
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { gateway: { imge: 'x' } } })).toBe(false);
  });

  it.runIf(spawnSync('docker', ['compose', 'version']).status === 0)(
    'is one to docker compose as well',
    () => {
      const done = spawnSync('docker', ['compose', '-f', file, 'config', '--quiet'], { encoding: 'utf8' });
      expect(done.stderr).toBe('');
      expect(done.status).toBe(0);
    },
  );

  it('has every service, what they stand on, who watches them and the demo', () => {
    const others = ['postgres', 'kafka', 'redis', 'prepare', 'front', 'demo', 'prometheus', 'grafana'];
    expect(Object.keys(services).sort()).toEqual([...serviceNames, ...others].sort());
  });

  it('starts each after those that it needs are healthy, and nothing waits for what never tells', () => {
    for (const [name, { depends_on = {} }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(condition, `${name} after ${other}`).toBe(
          other === 'prepare' ? 'service_completed_successfully' : 'service_healthy',
        );
        if (other !== 'prepare') expect(services[other]?.healthcheck, other).toBeDefined();
      }
    }
    const before = (name: string): string[] =>
      Object.keys(services[name]?.depends_on ?? {}).flatMap((other) => [other, ...before(other)]);
    for (const name of serviceNames) {
      expect(before(name), name).toEqual(expect.arrayContaining(['postgres', 'kafka', 'redis', 'prepare']));
    }
    expect(before('grafana')).toEqual(expect.arrayContaining(['prometheus', ...serviceNames]));
    expect(before('demo')).toEqual(expect.arrayContaining([...serviceNames]));
  });

  it('keeps data in volumes that have names, and every file that it mounts is there', () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.map((mount) => mount.split(':')[0]!),
    );
    expect(mounts.filter((name) => !name.startsWith('./')).sort()).toEqual(
      Object.keys(compose.volumes).sort(),
    );
    const mounted = mounts.filter((name) => name.startsWith('./'));
    expect(mounted.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  it('opens nothing beyond this machine, and no port twice', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const numbers = ports.map((port) => /(\d+)\}?:\d+$/.exec(port)![1]);
    expect(new Set(numbers).size).toBe(ports.length);
  });

  it('runs our own without rights and without a place to write', () => {
    const own = Object.entries(services).filter(([, { build }]) => build !== undefined);
    expect(own).toHaveLength(serviceNames.length + 2);
    for (const [name, service] of own) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(existsSync(path.join(root, service.build!.dockerfile))).toBe(true);
      expect(readFileSync(path.join(root, service.build!.dockerfile), 'utf8')).toContain(
        `AS ${service.build!.target}\n`,
      );
    }
  });

  it('tells every service what it understands, as a role of its own', () => {
    const roles = new Set<string>();
    for (const name of serviceNames) {
      const environment = Object.fromEntries(
        Object.entries(services[name]!.environment ?? {}).map(([key, value]) => [
          key,
          String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1'),
        ]),
      );
      expect(environment.SERVICE).toBe(name);
      const env = { ...environment, HTTP_PORT: '8080', GRPC_PORT: '9080' };
      const schema: z.ZodObject = serviceConfigs[name];
      const config = readConfig(schema, { env, rules: commonRules as ConfigRule<Record<string, unknown>>[] });
      expect(config).toMatchObject({ bus: 'kafka', migrations: 'check', kafkaBrokers: ['kafka:9092'] });
      roles.add(new URL(environment.DATABASE_URL!).username);
      for (const [setting, owner] of Object.entries(declared[name].calls)) {
        expect(environment[setting], `${name} ${setting}`).toBe(`${owner}:9080`);
      }
      const prepared =
        services.prepare!.environment![`${name.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`];
      expect(prepared, name).toBe(environment.DATABASE_URL);
    }
    expect(roles.size).toBe(serviceNames.length);
    const known = new Set(
      serviceNames.flatMap((name) => Object.keys(serviceConfigs[name].shape).map(environmentName)),
    );
    const told = serviceNames.flatMap((name) => Object.keys(services[name]!.environment ?? {}));
    expect(told.filter((setting) => setting !== 'SERVICE' && !known.has(setting))).toEqual([]);
  });
});

describe('keys and times of the file', () => {
  it('lets whoever holds the key of the network be told those of other times, and the gateway its addresses', () => {
    const variable = (name: string) => `\${${name}:-}`;
    for (const name of keyHolders)
      expect(services[name]!.environment, name).toMatchObject({
        NETWORK_KEY: expect.stringMatching(/^\$\{NETWORK_KEY:-/),
        NETWORK_PUBLIC_KEYS: variable('NETWORK_PUBLIC_KEYS'),
      });
    for (const name of ['EVM_CHAINS', 'EVM_SIGNING_KEY', 'EVM_SIGNER_ADDRESSES'])
      expect(services.gateway!.environment).toMatchObject({ [name]: variable(name) });
  });

  it('has Prometheus keep what the budgets of the service levels look back to', () => {
    const [kept] = services.prometheus!.command!.flatMap(
      (argument) => /^--storage\.tsdb\.retention\.time=(\d+)d$/.exec(argument)?.[1] ?? [],
    );
    expect(Number(kept)).toBeGreaterThanOrEqual(Number.parseInt(budgetDays, 10));
    const looks = readFileSync(path.join(root, 'helm/allora/files/alerts/slo.yml'), 'utf8').matchAll(
      /\[(\d+)d\]/g,
    );
    expect(Math.max(...[...looks].map(([, days]) => Number(days)))).toBe(Number.parseInt(budgetDays, 10));
  });
});

describe('the one address before the services', () => {
  const text = readFileSync(path.join(import.meta.dirname, 'front.conf'), 'utf8');
  const ways = [...text.matchAll(/^ {2}"~(.+)" ([a-z-]+);$/gm)].map(([, pattern, service]) => ({
    pattern: new RegExp(pattern!),
    service: service!,
  }));
  const serviceOf = (asked: string) => ways.find(({ pattern }) => pattern.test(asked))?.service;

  it('is made of what is public now: npx tsx deploy/compose/main.ts', () => {
    expect(text).toBe(frontConfiguration());
  });

  it('leads every public route to its service, and nothing that is not public anywhere', () => {
    const all = serviceNames.flatMap((service) =>
      (routes.http[service] ?? []).map((route) => [route, service] as const),
    );
    expect(all.length).toBeGreaterThan(50);
    const wrong = all.filter(([route, service]) => serviceOf(route.replaceAll(/\{\w+\}/g, '1')) !== service);
    expect(wrong).toEqual([]);
    for (const hidden of [
      '/metrics',
      '/health/ready',
      '/operations/dead-letters',
      '/v1/topics/1/inferences/x',
    ]) {
      expect(serviceOf(`GET ${hidden}`), hidden).toBeUndefined();
    }
  });

  it('names only what the file starts', () => {
    expect([...new Set(ways.map(({ service }) => service))].filter((name) => !(name in services))).toEqual(
      [],
    );
  });
});

describe('what Prometheus is told', () => {
  const text = readFileSync(path.join(import.meta.dirname, 'prometheus.yml'), 'utf8');
  const { scrape_configs } = parse(text) as { scrape_configs: { static_configs: { targets: string[] }[] }[] };

  it('is every service, at the port that it listens on', () => {
    const targets = scrape_configs.flatMap((job) => job.static_configs.flatMap((config) => config.targets));
    expect(targets.sort()).toEqual(serviceNames.map((name) => `${name}:8080`).sort());
  });
});
