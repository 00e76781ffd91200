import 'reflect-metadata';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { ReceiptProof, SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { EpochPhase, Registration, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import { allRoutes } from '@allora/public-api/all-routes';
import { frameworkPath } from '@allora/public-api/route';
import type { Document } from '@allora/public-api/testing/openapi-answers';
import { Contract } from '@allora/public-api/testing/openapi-contract';
import type { Dictionary } from '@allora/public-api/testing/openapi-requests';
import { isPublic, servedRoutes } from '@allora/public-api/testing/served-routes';
import type { RunningApp } from '@allora/service-kit/app';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GatewayApps } from './apps';
import {
  epochEvent,
  epochRewards,
  epochScores,
  networkInference,
  networkLosses,
  noInference,
  shadowLosses,
  shadowValues,
  topic,
} from './fixtures';
import { rewardsModule, Shelves } from './neighbours';

const SEED = 20261123;
const RUNS = 12;
const apps = new GatewayApps();
const worker = createAccount().address;
const shadow = createAccount().address;
const HASH = 'ab'.repeat(32);
const routes = servedRoutes();

let app: RunningApp;
let contract: Contract;

beforeAll(async () => {
  const shelves = new Shelves();
  shelves.inferences.set(HASH, {
    receipt: {
      ...{ hash: HASH, topicId: 1, nonce: 100, author: worker, acceptedAtMs: 1_700_000_101_000 },
      ...{ logPartition: 0, logOffset: 1, logIndex: 0, proof: ReceiptProof.fromPartial({ index: 0 }) },
    },
    ...{ state: SubmissionState.IN_SET, supersededBy: '', commitment: false },
  });
  app = await apps.start(
    {
      evmChains: ['11155111=0x8E45fbef38DaC54e32AfB27AC8cBab30E6818ce6'],
      evmSigningKey: '01'.padStart(64, '0'),
      priceTopics: ['BTC/5m=1'],
      ...Object.fromEntries(
        ['inferenceIngest', 'forecastIngest', 'reputation', 'rewards'].map((of) => [
          `${of}GrpcAddress`,
          'self',
        ]),
      ),
    },
    { neighbours: [...shelves.modules(), rewardsModule(), routes.module] },
  );
  await fill(app.peer('topic-coordinator'));
  const document = (await get('/v1/openapi.json')) as Document;
  const known = await dictionary();
  contract = new Contract({ document, baseUrl: app.httpUrl, known, seed: SEED, runs: RUNS });
});

afterAll(() => apps.close());

/** An epoch that is paid, some that are not, one that nobody answered, and a topic without any. */
async function fill(network: ServiceBus): Promise<void> {
  await network.append(busTopics.topics, [topic(1), topic(2), { ...topic(3), active: false }]);
  const phases = [
    EpochPhase.WORKER_WINDOW_OPENED,
    EpochPhase.WORKER_WINDOW_CLOSED,
    EpochPhase.REPUTER_WINDOW_OPENED,
    EpochPhase.REPUTER_WINDOW_CLOSED,
  ];
  await network.append(busTopics.epochs, [
    ...phases.map((phase) => epochEvent(1, 100, phase)),
    epochEvent(1, 110, EpochPhase.WORKER_WINDOW_OPENED),
  ]);
  await network.append(busTopics.registrations, [
    Registration.fromPartial({ topicId: 1, address: worker, role: Role.WORKER, height: 7 }),
    Registration.fromPartial({ topicId: 1, address: shadow, role: Role.WORKER, height: 8, shadow: true }),
  ]);
  await network.append(busTopics.networkInferences, [
    { ...networkInference(1, 100, [[worker, 'i1'], ['f0']]), ...shadowValues(shadow) },
    ...[110, 120, 130].map((nonce) => networkInference(1, nonce)),
    noInference(1, 140),
    networkInference(2, 200),
  ]);
  await network.append(busTopics.networkLosses, [{ ...networkLosses(1, 100), ...shadowLosses(shadow) }]);
  await network.append(busTopics.epochScores, [epochScores(1, 100, { inferer: worker })]);
  await network.append(busTopics.epochRewards, [epochRewards(1, 100, { inferer: worker })]);
  await eventually(async () => {
    const { headers } = await fetch(`${app.httpUrl}/v1/topics/1/epochs/100`);
    expect(headers.get('cache-control')).toContain('immutable');
    const { inferences } = (await get('/v1/topics/1/history')) as { inferences: unknown[] };
    expect(inferences).toHaveLength(4);
    expect(await get('/v1/topics/2')).toMatchObject({ latestNonce: 200 });
    expect(await get(`/v1/participants/${worker}`)).toMatchObject({ registrations: [{}], standings: [{}] });
    expect(await get('/v1/topics')).toMatchObject({ topics: [{}, {}, {}] });
    expect(await get(`/v1/participants/${shadow}`)).toMatchObject({ shadows: [{}, { scoredNonce: 100 }] });
  });
}

const eventually = <T>(look: () => Promise<T>) => vi.waitFor(look, { timeout: 30_000, interval: 50 });
const get = async (path: string): Promise<unknown> => (await fetch(`${app.httpUrl}${path}`)).json();

async function dictionary(): Promise<Dictionary> {
  const page = (await get('/v1/topics/1/history?limit=1')) as { next: string };
  return {
    id: ['1', '2', '3', '77', '4'],
    'getInferenceRequest.id': ['ab'.repeat(32)],
    nonce: ['100', '110', '140', '5'],
    hash: [HASH, 'cd'.repeat(32)],
    address: [worker, shadow, createAccount().address],
    creator: [worker],
    account: [worker],
    after: ['1', '2'],
    'listInferences.after': [page.next],
    timeoutMs: ['0', '20'],
    waitMs: ['0'],
    chain: ['allora-testnet-1', 'mars-1'],
    format: ['ethereum-11155111'],
    asset: ['BTC'],
    timeframe: ['5m'],
    allora_topic_id: ['1', '3'],
    percentiles: ['5,50,95', '0,100', '33.3'],
    interval: ['5m', '1h', '1d', '3epochs'],
    topics: ['all', '1', '1,2'],
    // At most one of them.
    'streamEvents.cursor': [],
    'streamEvents.since': [],
    'listInferenceRequests.cursor': [],
    'compatTopics.continuation_token': [],
    'compatTopicsPlain.continuation_token': [],
  };
}

const ownRoutes = allRoutes.filter(({ servedBy = 'gateway' }) => servedBy === 'gateway');

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = (await get('/v1/openapi.json')) as Record<string, unknown>;
    expect(await new Validator().validate(document)).toEqual({ valid: true });
  });

  it('has every route that is served, and no other of this service', () => {
    const documented = ownRoutes.map((shape) => `${shape.method} ${frameworkPath(shape)}`);
    expect(routes.served.filter(isPublic).sort()).toEqual(documented.sort());
  });

  it('is shown by a page that needs nothing from elsewhere and no script within', async () => {
    const page = await fetch(`${app.httpUrl}/docs`);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'(;|$)/);
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\/docs\/)|https?:\/\/|\son\w+=/);
    for (const [, file] of html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)) {
      const { status, headers } = await fetch(`${app.httpUrl}${file}`);
      expect([status, headers.get('content-type')], file).toEqual([
        200,
        expect.stringMatching(/css|javascript|png/),
      ]);
    }
    expect((await fetch(`${app.httpUrl}/docs/package.json`)).status).toBe(404);
  });
});

describe.each(ownRoutes.map((shape) => [shape.id, shape] as const))('%s', (_id, shape) => {
  it('answers requests of the documented form as documented', async () => {
    expect((await contract.holdsForValid(shape)).size).toBeGreaterThan(0);
  });

  it('refuses others as documented', () => contract.refusesBroken(shape));
});

describe('a method that an address does not have', () => {
  it.each([
    ['DELETE', '/v1/topics', 'GET, HEAD'],
    ['PUT', '/v1/topics/1/inference/100', 'GET, HEAD'],
    ['PATCH', '/v1/inference-requests', 'GET, HEAD, POST'],
  ])('%s %s', async (method, path, allow) => {
    const response = await fetch(`${app.httpUrl}${path}`, { method });
    const body: unknown = await response.json();
    expect([response.status, response.headers.get('allow'), body]).toEqual([
      405,
      allow,
      expect.objectContaining({ code: 'METHOD_NOT_ALLOWED', status: 405 }),
    ]);
  });

  it('is told apart from an address that is none', async () => {
    expect((await fetch(`${app.httpUrl}/v1/topics/1/nothing`, { method: 'DELETE' })).status).toBe(404);
  });
});

describe('conditional requests', () => {
  const paths = [
    ['/v1/topics', /max-age=2/],
    ['/v1/topics/1', /max-age=2/],
    ['/v1/topics/1/inference', /max-age=1,/],
    ['/v1/topics/1/inference?fields=combined,nonce', /max-age=1,/],
    ['/v1/topics/1/history', /max-age=2/],
    ['/v1/topics/1/inference/100', /immutable/],
    ['/v1/topics/1/inference/110', /max-age=2/],
    ['/v1/topics/1/inference/100/workers', /immutable/],
    ['/v1/topics/1/bars?interval=1h', /max-age=2/],
    ['/v1/topics/1/epochs', /max-age=2/],
    ['/v1/topics/1/epochs/100', /immutable/],
    ['/v1/openapi.json', /max-age=2/],
  ] as const;

  it.each(paths)('%s', async (path, kept) => {
    const first = await fetch(`${app.httpUrl}${path}`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[\w.+-]+"$/);
    expect(first.headers.get('cache-control')).toMatch(kept);
    const again = await fetch(`${app.httpUrl}${path}`, { headers: { 'if-none-match': `"other", ${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    const changed = await fetch(`${app.httpUrl}${path}`, { headers: { 'if-none-match': '"other"' } });
    expect(changed.status).toBe(200);
  });
});
