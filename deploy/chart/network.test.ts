import { allBusTopics } from '@allora/contracts/catalog';
import { environmentName } from '@allora/service-kit/config-field';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireHelm } from '../tools/helm';
import { declared, routes } from './arrows';
import { componentOf } from './pods';
import { type KubernetesObject, render, type Variant, variants } from './rendered';
import { serviceConfigs, serviceNames } from './services';

let program: string;
beforeAll(async () => {
  program = await requireHelm((line) => process.stderr.write(`${line}\n`));
}, 600_000);

interface Peer {
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
}
interface Rule {
  readonly ports: readonly { readonly port: string | number }[];
  readonly to?: readonly Peer[];
  readonly from?: readonly Peer[];
}
interface Policy {
  readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const component = 'app.kubernetes.io/component';
const outsidePorts: Readonly<Record<number, string>> = {
  53: 'dns',
  5432: 'postgresql',
  6379: 'redis',
  443: 'oidc',
  4318: 'tracing',
  9092: 'kafka',
  9093: 'kafka',
};

/** Who is meant: a service of the chart, or what stands outside of it. */
function nameOf(peer: Peer | undefined, port: string | number): string {
  const labels = peer?.podSelector?.matchLabels;
  if (labels?.[component] !== undefined) return labels[component];
  const outside = typeof port === 'number' ? outsidePorts[port] : undefined;
  if (outside !== undefined) return outside;
  return peer?.namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] ?? 'anybody';
}

const arrowsOf = (
  rules: readonly Rule[],
  key: 'to' | 'from',
  draw: (other: string, port: string | number) => string,
) =>
  rules.flatMap((rule) =>
    rule.ports.flatMap(({ port }) =>
      (rule[key] ?? [undefined]).map((peer) => draw(nameOf(peer, port), port)),
    ),
  );

/** `from -> to:port` as either side's policy lets it. */
function letThrough(objects: readonly KubernetesObject[]): { out: Set<string>; in: Set<string> } {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const sides = { out: new Set<string>(), in: new Set<string>() };
  for (const policy of policies) {
    const { podSelector, policyTypes, egress = [], ingress = [] } = policy.spec as Policy;
    const self = podSelector.matchLabels[component];
    expect(self).toBe(componentOf(policy));
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    arrowsOf(egress, 'to', (other, port) => `${self} -> ${other}:${port}`).forEach((arrow) =>
      sides.out.add(arrow),
    );
    arrowsOf(ingress, 'from', (other, port) => `${other} -> ${self}:${port}`).forEach((arrow) =>
      sides.in.add(arrow),
    );
  }
  return sides;
}

const between = (arrows: Set<string>, port: string): string[] =>
  [...arrows]
    .filter(
      (arrow) => arrow.endsWith(`:${port}`) && serviceNames.some((name) => arrow.startsWith(`${name} ->`)),
    )
    .sort();

const declaredCalls = serviceNames
  .flatMap((service) => Object.values(declared[service].calls).map((owner) => `${service} -> ${owner}:grpc`))
  .sort();

describe('the declared arrows', () => {
  it('are of the services that there are', () => {
    expect(Object.keys(declared).sort()).toEqual([...serviceNames].sort());
  });

  it('are the calls for which the code has an address, by the setting of that name', () => {
    for (const service of serviceNames) {
      const addresses = Object.keys(serviceConfigs[service].shape).filter((name) =>
        name.endsWith('GrpcAddress'),
      );
      expect(Object.keys(declared[service].calls).sort(), service).toEqual(
        addresses.map(environmentName).sort(),
      );
      for (const [setting, owner] of Object.entries(declared[service].calls)) {
        const named = setting.replace('_GRPC_ADDRESS', '').toLowerCase().replaceAll('_', '-');
        expect(owner.replace(/^topic-/, ''), service).toBe(named);
      }
    }
  });

  it('are the Kafka topics that each reads, and Kafka for each that reads or writes one', () => {
    for (const service of serviceNames) {
      const read = allBusTopics
        .filter(({ consumers }) => consumers.includes(service))
        .map(({ name }) => name);
      expect([...declared[service].consumes].sort(), service).toEqual(read.sort());
      const speaks = read.length > 0 || allBusTopics.some(({ producer }) => producer === service);
      expect(declared[service].uses.includes('kafka'), service).toBe(speaks);
    }
  });

  it('are PostgreSQL for each that has a schema, and Redis for each that may be told of one', () => {
    for (const service of serviceNames) {
      const schema = path.resolve(import.meta.dirname, `../../prisma/schema/${service}.prisma`);
      expect(declared[service].uses.includes('postgresql'), service).toBe(existsSync(schema));
      expect(declared[service].uses.includes('redis'), service).toBe(
        'redisUrl' in serviceConfigs[service].shape,
      );
    }
  });
});

const closed = Object.entries(variants).filter(([name]) => name !== 'without a preparation');
const open = (variant: Variant) => JSON.stringify(variant);

describe.each(closed)('the network policies, %s', (_name, variant) => {
  let objects: KubernetesObject[];
  let sides: ReturnType<typeof letThrough>;
  beforeAll(() => {
    objects = render(program, variant);
    sides = letThrough(objects);
  }, 60_000);

  it('stand before every pod', () => {
    const guarded = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(componentOf);
    expect(guarded.sort()).toEqual([...serviceNames, 'prepare', 'test'].sort());
  });

  it('let through the calls of the architecture and no other, on either side', () => {
    expect(between(sides.out, 'grpc')).toEqual(declaredCalls);
    expect(between(sides.in, 'grpc')).toEqual(declaredCalls);
  });

  it('let out to what each uses, names and nothing else', () => {
    const { values } = variant as { values?: { oidc?: unknown; tracing?: unknown } };
    const also = ['dns', ...(values?.oidc ? ['oidc'] : []), ...(values?.tracing ? ['tracing'] : [])];
    for (const service of serviceNames) {
      const out = [...sides.out].filter((arrow) => arrow.startsWith(`${service} -> `));
      const outside = out
        .filter((arrow) => !arrow.endsWith(':grpc'))
        .map((arrow) => /-> (.+):/.exec(arrow)![1]!);
      expect([...new Set(outside)].sort(), service).toEqual([...declared[service].uses, ...also].sort());
    }
    const prepare = [...sides.out].filter((arrow) => arrow.startsWith('prepare -> '));
    expect([...new Set(prepare.map((arrow) => /-> (.+):/.exec(arrow)![1]))].sort()).toEqual([
      'dns',
      'kafka',
      'postgresql',
    ]);
  });

  it('let in the test, Prometheus where it is asked for, and the ingress to what is public', () => {
    const is = (kind: string) => objects.some((object) => object.kind === kind);
    const watched = is('ServiceMonitor');
    const published = is('Ingress') || is('HTTPRoute');
    const grpc = objects.some(
      ({ kind, metadata }) => kind === 'GRPCRoute' || metadata.name.endsWith('-grpc'),
    );
    const expected = serviceNames.flatMap((service) => [
      `test -> ${service}:http`,
      ...(watched ? [`monitoring -> ${service}:http`] : []),
      ...(published && routes.http[service] ? [`ingress-nginx -> ${service}:http`] : []),
      ...(grpc && routes.grpc[service] ? [`ingress-nginx -> ${service}:grpc`] : []),
    ]);
    const came = [...sides.in].filter(
      (arrow) => !serviceNames.some((name) => arrow.startsWith(`${name} ->`)),
    );
    expect(came.sort(), open(variant)).toEqual(expected.sort());
  });
});
