import type { TopicChange } from '@allora/contracts/gen/allora/signing/v1/signing';
import { type Account, createAccount } from '@allora/identity/account';
import { allRoutes } from '@allora/public-api/all-routes';
import { openApiDocument } from '@allora/public-api/document';
import { frameworkPath } from '@allora/public-api/route';
import type { Document } from '@allora/public-api/testing/openapi-answers';
import { Contract } from '@allora/public-api/testing/openapi-contract';
import type { Vocabulary } from '@allora/public-api/testing/openapi-requests';
import { isPublic, servedRoutes } from '@allora/public-api/testing/served-routes';
import type { RunningApp } from '@allora/service-kit/app';
import { Clock } from '@allora/service-kit/clock';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  changeBody,
  Ledger,
  post,
  registrationBody,
  standingBody,
  startCoordinator,
  topicBody,
  topicParams,
} from './coordinator-harness';

const creator = createAccount();
const worker = createAccount();
const stranger = createAccount();
const accounts = new Map([creator, worker, stranger].map((account) => [account.address, account]));
const routes = servedRoutes();

const ownRoutes = allRoutes.filter(({ servedBy }) => servedBy === 'topic-coordinator');
const document = JSON.parse(JSON.stringify(openApiDocument({ routes: allRoutes, version: '1' }))) as Document;

let database: TestDatabase;
let app: RunningApp;
let contract: Contract;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startCoordinator(database.url, { maxTopicShadows: 2 }, new Clock(), new Ledger(), [
    routes.module,
  ]);
  await fill();
  contract = new Contract({ document, baseUrl: app.httpUrl, seed: 20261123, runs: 25, ...vocabulary });
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A topic between its windows, and one that always has some open. */
async function fill(): Promise<void> {
  const seldom = topicBody(creator, 'seldom', { epochLengthBlocks: 1_000 });
  expect((await post(app, '/v1/topics', seldom)).status).toBe(201);
  expect((await post(app, '/v1/topics', topicBody(creator, 'always'))).status).toBe(201);
  for (const [account, role] of [
    [worker, 'worker'],
    [creator, 'reputer'],
  ] as const)
    expect((await post(app, '/v1/topics/1/registrations', registrationBody(account, 1, role))).status).toBe(
      201,
    );
  expect((await post(app, '/v1/clock/advance', { height: 20 })).status).toBe(200);
}

interface Fields {
  readonly requestId?: string;
  readonly role?: 'worker' | 'reputer';
  readonly shadow?: boolean;
  readonly params?: TopicChange['params'];
}

function dressed(operationId: string, account: Account, topicId: number, fields: Fields): unknown {
  const { requestId = 'r', role = 'worker', params, ...others } = fields;
  if (operationId === 'createTopic') {
    // Generated parameters are refused before anyone looks at the signature.
    if (requestId.length % 3 === 0) return { ...fields, lossMethod: 'mse' };
    return topicBody(account, requestId, { pNorm: 2.5 + (requestId.length % 4) / 2 });
  }
  if (operationId === 'changeTopic') {
    const { metadata } = others as Pick<TopicChange, 'metadata'>;
    const change = { ...(metadata === undefined ? {} : { metadata }) };
    return changeBody(account, topicId, requestId, params === undefined ? change : { ...change, params });
  }
  const shadow = role === 'worker' && fields.shadow === true;
  return standingBody(account, topicId, role, {
    ...(shadow ? { shadow } : {}),
    ...(fields.requestId === undefined ? {} : { requestId }),
  });
}

const vocabulary: Vocabulary = {
  known: {
    id: ['1', '1', '2', '77'],
    address: [...accounts.keys()],
    creator: [creator.address, creator.address, stranger.address],
    requestId: ['a', 'bb', 'ccc', 'dddd'],
    pNorm: [String(topicParams.pNorm)],
  },
  dress(operationId, body, path) {
    const fields = body as Fields & { readonly creator?: string; readonly address?: string };
    const account = accounts.get(fields.creator ?? fields.address ?? '') ?? creator;
    return dressed(operationId, account, Number(path.id), fields);
  },
};

describe('the document', () => {
  it('has every route that is served, and no other of this service', () => {
    const documented = ownRoutes.map((shape) => `${shape.method} ${frameworkPath(shape)}`);
    expect(routes.served.filter(isPublic).sort()).toEqual(documented.sort());
  });
});

describe.each(ownRoutes.map((shape) => [shape.id, shape] as const))('%s', (_id, shape) => {
  it('answers requests of the documented form as documented', async () => {
    const successes = Object.keys(shape.answers).map(Number);
    const seen = await contract.holdsForValid(shape);
    expect(successes.filter((status) => seen.has(status))).toEqual(successes);
  });

  it('refuses others as documented', () => contract.refusesBroken(shape));
});
