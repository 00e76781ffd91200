import { setTimeout as sleep } from 'node:timers/promises';
import { busTopics } from '@allora/contracts/catalog';
import { errorRules } from '@allora/contracts/errors';
import { messageHash } from '@allora/identity/signature';
import { allRoutes } from '@allora/public-api/all-routes';
import { openApiDocument, refusalCodes } from '@allora/public-api/document';
import type { RouteShape } from '@allora/public-api/route';
import type { Document } from '@allora/public-api/testing/openapi-answers';
import { Contract } from '@allora/public-api/testing/openapi-contract';
import type { Dictionary, Request } from '@allora/public-api/testing/openapi-requests';
import { servedRoutes } from '@allora/public-api/testing/served-routes';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import type { CommonConfig } from '@allora/service-kit/common-config';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import type { DynamicModule } from '@nestjs/common';
import type { BulkAnswer } from './bulk';
import type { Submission, SubmissionKind } from './kind';
import { type Fields, SALT, TestAuthors } from './testing-authors';
import { NONCES, revealsBegin, TestCoordinator, TOPICS } from './testing-coordinator';

const chainId = 'allora-test-1';
const SEED = 20261123;
const RUNS = 25;
const REVEAL_MS = 20_000;

export interface IngestUnderTest<P extends Submission, S> {
  readonly kind: SubmissionKind<P, S>;
  readonly start: (settings: object) => { readonly config: CommonConfig; readonly module: DynamicModule };
  /** What an author may submit, but for the nonce. */
  readonly sample: (author: string) => Fields;
  /** What its fields may hold. */
  readonly known: Dictionary;
}

/** A service with a submission log, held against its part of the OpenAPI document. */
export class IngestContract<P extends Submission, S> {
  readonly ownRoutes: readonly RouteShape[];
  private readonly routes = servedRoutes();
  private readonly authors: TestAuthors<P>;
  private readonly coordinator: TestCoordinator;
  private database: TestDatabase | undefined;
  private app: RunningApp | undefined;
  private begun: Contract | undefined;

  constructor(private readonly ingest: IngestUnderTest<P, S>) {
    const { kind, sample } = ingest;
    this.ownRoutes = allRoutes.filter(({ servedBy }) => servedBy === kind.service);
    this.authors = new TestAuthors({ kind, sample, chainId });
    const { right, careless } = this.authors;
    this.coordinator = new TestCoordinator([right.address, careless.address]);
  }

  get served(): readonly string[] {
    return this.routes.served;
  }

  /** Tells with which statuses. */
  async holdsForValid(shape: RouteShape): Promise<number[]> {
    const isBulk = 200 in shape.answers;
    const judge = (request: Request, response: Response) => this.judgeBulk(request, response);
    return [...(await this.contract.holdsForValid(shape, isBulk ? judge : undefined))].sort();
  }

  async refusesBroken(shape: RouteShape): Promise<void> {
    await this.contract.refusesBroken(shape);
  }

  private get contract(): Contract {
    if (!this.begun) throw new Error('the service was not started');
    return this.begun;
  }

  /** Each item is answered in its place, as it would be alone. */
  private async judgeBulk({ body }: Request, response: Response): Promise<string | undefined> {
    const { items } = JSON.parse(body ?? '') as { readonly items: readonly unknown[] };
    const { results } = (await response.json()) as BulkAnswer;
    if (results.length !== items.length) return `${results.length} results of ${items.length} items`;
    const codes: readonly string[] = refusalCodes(this.ownRoutes[0]!);
    for (const [i, item] of items.entries()) {
      const result = results[i]!;
      const code = 'problem' in result ? result.problem.code : undefined;
      if (code !== undefined && !codes.includes(code)) return `item ${i}: ${code} is not documented`;
      const isSound = this.authors.read(this.ingest.kind, item, TOPICS.PLAIN) !== undefined;
      if (isSound === (code === 'MALFORMED')) return `item ${i}: ${code ?? result.status}`;
    }
    return undefined;
  }

  async start(): Promise<void> {
    const { kind, start } = this.ingest;
    this.database = await createTestDatabase();
    const { config, module } = start({
      ...{ databaseUrl: this.database.url, chainId, logLevel: 'fatal', logFormat: 'json' },
      ...{ httpPort: 0, grpcPort: 0, httpHost: '127.0.0.1', grpcHost: '127.0.0.1' },
      ...{ coordinatorGrpcAddress: 'self', maxElements: 12 },
    });
    const modules = [module, this.coordinator.module(), this.routes.module];
    this.app = await startApp({ name: kind.service, config, modules });
    if (kind.committedBody !== undefined) await this.beginReveals(this.app);
    const text = JSON.stringify(openApiDocument({ routes: allRoutes, version: '1' }));
    this.begun = new Contract({
      ...{ document: JSON.parse(text) as Document, baseUrl: this.app.httpUrl, seed: SEED, runs: RUNS },
      known: this.dictionary(),
      dress: (operationId, body, { id }) => this.authors.dressed(operationId, body as Fields, Number(id)),
    });
  }

  async close(): Promise<void> {
    await this.app?.close();
    await this.database?.drop();
  }

  /** All statuses that the document has for requests of the documented form that are signed by their author. */
  outcomesOf({ answers, refusals }: RouteShape): number[] {
    const refused = refusals.map((code) => errorRules[code].status);
    const behindTheForm = refused.filter((status) => ![400, 401, 413].includes(status));
    return [...new Set([...Object.keys(answers).map(Number), ...behindTheForm])].sort();
  }

  private dictionary(): Dictionary {
    const { PLAIN, SEALED, NONE } = TOPICS;
    const { OPEN, SHUT } = NONCES;
    const commitments = this.ownRoutes.filter(({ id }) => id.startsWith('commit'));
    const places = commitments.flatMap(({ id }) => [
      [`${id}.id`, [SEALED, SEALED, SEALED, NONE].map(String)],
      [`${id}.nonce`, [OPEN, OPEN, SHUT].map(String)],
    ]);
    return {
      ...{ id: [PLAIN, PLAIN, SEALED, NONE].map(String), nonce: Object.values(NONCES).map(String) },
      ...{ address: this.authors.all.map(({ address }) => address), hash: ['ab'.repeat(32)] },
      ...(Object.fromEntries(places) as Dictionary),
      ...this.ingest.known,
    };
  }

  /** One right value is committed to, and shown as soon as the reader of the log lets it. */
  private async beginReveals({ httpUrl, peer }: RunningApp): Promise<void> {
    const { kind, sample } = this.ingest;
    const { authors } = this;
    const { address: worker } = authors.right;
    const { SEALED: topicId } = TOPICS;
    const { LATER: nonce } = NONCES;
    const [alone, , commitments] = this.ownRoutes.map(
      ({ path }) => `${httpUrl}${path.replace('{id}', String(topicId))}`,
    );
    const value = authors.read(kind, { ...sample(worker), nonce, salt: SALT }, topicId)!;
    const hash = Buffer.from(messageHash(value.signed.payload)).toString('hex');
    const commitment = authors.read(authors.commitments, { nonce, worker, hash }, topicId)!;
    await untilTaken(commitments!, authors.signed(authors.commitments, commitment));
    this.coordinator.revealsBegun = true;
    await peer('topic-coordinator').append(busTopics.epochs, [revealsBegin]);
    await untilTaken(alone!, authors.signed(kind, value));
  }
}

async function untilTaken(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  for (const endMs = Date.now() + REVEAL_MS; ; await sleep(20)) {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (response.status === 202) return;
    if (Date.now() > endMs) throw new Error(`not taken: ${await response.text()}`);
  }
}
