import 'reflect-metadata';
import type { ServiceName } from '@allora/contracts/catalog';
import { allRoutes } from '@allora/public-api/all-routes';
import { ForecastIngestModule } from '@allora/forecast-ingest/forecast-ingest.module';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { InferenceIngestModule } from '@allora/inference-ingest/inference-ingest.module';
import { ReputationModule } from '@allora/reputation/reputation.module';
import { RewardsModule } from '@allora/rewards/rewards.module';
import { SynthesisModule } from '@allora/synthesis/synthesis.module';
import { TopicCoordinatorModule } from '@allora/topic-coordinator/topic-coordinator.module';
import { type DynamicModule, RequestMethod, type Type } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireHelm } from '../tools/helm';
import { routes } from './arrows';
import { type KubernetesObject, render, variants } from './rendered';
import { serviceConfigs, serviceNames } from './services';

const settings = { databaseUrl: 'postgresql://user:password@host:5432/allora', faucet: 'open' };
const modules: Record<ServiceName, () => DynamicModule> = {
  gateway: () => GatewayModule.register(serviceConfigs.gateway.parse(settings)),
  'topic-coordinator': () =>
    TopicCoordinatorModule.register(serviceConfigs['topic-coordinator'].parse(settings)),
  'inference-ingest': () =>
    InferenceIngestModule.register(serviceConfigs['inference-ingest'].parse(settings)),
  'forecast-ingest': () => ForecastIngestModule.register(serviceConfigs['forecast-ingest'].parse(settings)),
  synthesis: () => SynthesisModule.register(serviceConfigs.synthesis.parse(settings)),
  reputation: () => ReputationModule.register(serviceConfigs.reputation.parse(settings)),
  rewards: () => RewardsModule.register(serviceConfigs.rewards.parse(settings)),
};

const meta = (key: string, target: object): unknown => Reflect.getMetadata(key, target);
const paths = (value: unknown): string[] =>
  [value].flat().map((part) => String(part).replace(/^\/|\/$/g, ''));

function routesOf(controller: Type<unknown>): string[] {
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = name === 'constructor' ? undefined : prototype[name];
    if (typeof handler !== 'function' || meta('path', handler) === undefined) return [];
    const method = RequestMethod[meta('method', handler) as number];
    return paths(meta('path', controller)).flatMap((base) =>
      paths(meta('path', handler)).map((rest) => {
        const full = `/${[base, rest].filter(Boolean).join('/')}`;
        return `${method} ${full.replaceAll(/:(\w+)/g, '{$1}')}`;
      }),
    );
  });
}

const isPublic = (route: string): boolean => !/ \/(operations|health|metrics|v1\/clock)(\/|$)/.test(route);
const served = (service: ServiceName): string[] =>
  (modules[service]().controllers ?? []).flatMap((controller) => routesOf(controller)).filter(isPublic);
/** A parameter's name means nothing to the one who asks. */
const shape = (route: string): string => route.replaceAll(/\{\w+\}/g, '{}');

describe('the declared routes', () => {
  it.each(serviceNames)('are what the controllers of %s serve', (service) => {
    const told = [...(routes.http[service] ?? [])].map(shape).sort();
    expect(told, 'helm/allora/files/routes.yaml').toEqual(served(service).map(shape).sort());
  });

  it('hold every operation of the API document, and never two owners of one', () => {
    const all = serviceNames.flatMap((service) => routes.http[service] ?? []).map(shape);
    expect(new Set(all).size).toBe(all.length);
    const told = allRoutes.map(({ method, path }) => shape(`${method} ${path}`));
    expect(
      told.filter((route) => !all.includes(route)),
      'helm/allora/files/routes.yaml',
    ).toEqual([]);
  });
});

interface Backend {
  readonly service: { readonly name: string };
}
interface IngressSpec {
  readonly rules: readonly {
    readonly host: string;
    readonly http: { readonly paths: readonly { readonly path: string; readonly backend: Backend }[] };
  }[];
}
interface HttpRouteSpec {
  readonly rules: readonly {
    readonly matches: readonly { readonly path: { type: string; value: string }; readonly method?: string }[];
    readonly backendRefs: readonly { readonly name: string }[];
  }[];
}

const asked = (route: string) => {
  const [method = '', path = ''] = route.split(' ');
  return { method, path: path.replaceAll(/\{\w+\}/g, '1') };
};
const every = serviceNames.flatMap((service) =>
  (routes.http[service] ?? []).map((route) => ({ service, route })),
);

describe('a request from outside', () => {
  let objects: KubernetesObject[];
  beforeAll(async () => {
    const program = await requireHelm((line) => process.stderr.write(`${line}\n`));
    objects = render(program, variants.everything!);
  }, 600_000);

  const ofIngress = (host: string, path: string): string[] => {
    const ingress = objects.find(
      ({ kind, metadata }) => kind === 'Ingress' && !metadata.name.endsWith('-grpc'),
    );
    const rule = (ingress!.spec as IngressSpec).rules.find((candidate) => candidate.host === host)!;
    const matching = rule.http.paths.filter((candidate) => new RegExp(`^${candidate.path}`).test(path));
    return [...new Set(matching.map(({ backend }) => backend.service.name.replace('net-allora-', '')))];
  };

  const ofHttpRoute = (method: string, path: string): string[] => {
    const { rules } = objects.find(({ kind }) => kind === 'HTTPRoute')!.spec as HttpRouteSpec;
    const matching = rules.flatMap(({ matches, backendRefs }) =>
      matches
        .filter(({ path: { type, value } }) =>
          type === 'Exact' ? value === path : new RegExp(value).test(path),
        )
        .filter((match) => match.method === undefined || match.method === method)
        .map((match) => ({
          named: match.method !== undefined,
          owner: backendRefs[0]!.name.replace('net-allora-', ''),
        })),
    );
    // A match of the method stands above one without.
    const best = matching.some(({ named }) => named) ? matching.filter(({ named }) => named) : matching;
    return [...new Set(best.map(({ owner }) => owner))];
  };

  it.each(every)('of $route comes to $service and nobody else', ({ service, route }) => {
    const { method, path } = asked(route);
    expect(ofHttpRoute(method, path)).toEqual([service]);
    const shared = /^(POST|PATCH) \/v1\/topics(\/\{id\})?$/.test(route);
    const host = shared ? 'topics.allora.example.org' : 'allora.example.org';
    expect(ofIngress(host, path)).toEqual([service]);
  });

  it.each([
    '/metrics',
    '/health/ready',
    '/operations/dead-letters',
    '/v1/clock/advance',
    '/v1/topics/1/inferences/x',
    '/',
  ])('of %s comes to nobody', (path) => {
    expect(ofHttpRoute('POST', path)).toEqual([]);
    expect(ofIngress('allora.example.org', path)).toEqual([]);
    expect(ofIngress('topics.allora.example.org', path)).toEqual([]);
  });
});
