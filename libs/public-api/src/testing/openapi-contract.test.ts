import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorRules } from '@allora/contracts/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../document';
import { wholeNumber } from '../forms';
import { route } from '../route';
import type { Document } from './openapi-answers';
import { Contract } from './openapi-contract';

const probe = route({
  id: 'probe',
  method: 'POST',
  path: '/probe/{id}',
  summary: 'A probe',
  tags: ['network'],
  params: z.strictObject({ id: wholeNumber({ what: 'an id', min: 1, max: 9, description: 'An id.' }) }),
  body: z.strictObject({ count: z.int().min(0).max(5) }),
  answers: { 200: z.object({ count: z.int() }) },
  refusals: [],
});
const document = JSON.parse(JSON.stringify(openApiDocument({ routes: [probe], version: '1' }))) as Document;

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
  /** With a request id unless told. */
  readonly headers?: Readonly<Record<string, string>>;
}

const refusal = (code: 'MALFORMED' | 'WINDOW_OPEN', status = errorRules[code].status): Reply => {
  const { title, remedy } = errorRules[code];
  const problem = { type: `urn:${code}`, title, status, code, detail: '', instance: 'x', remedy };
  return { status, type: 'application/problem+json', body: problem };
};
const granted = (body: unknown): Reply => ({ status: 200, type: 'application/json', body });
const read = (id: string | undefined, text: string) => {
  try {
    const { count } = probe.body.parse(JSON.parse(text));
    probe.params.parse({ id });
    return count;
  } catch {
    return undefined;
  }
};

/** Services that keep to the document, or not, in one way each. */
const manners = {
  honest: (count?: number) => (count === undefined ? refusal('MALFORMED') : granted({ count })),
  talkative: (count?: number) => (count === undefined ? refusal('MALFORMED') : granted({ count, more: 1 })),
  failing: (count?: number) => (count === 5 ? { ...granted({}), status: 500 } : manners.honest(count)),
  choosy: (count?: number) => (count === 3 ? refusal('MALFORMED') : manners.honest(count)),
  careless: (count?: number) => granted({ count: count ?? 0 }),
  improvising: (count?: number) => (count === undefined ? refusal('WINDOW_OPEN', 400) : granted({ count })),
  nameless: (count?: number) => ({ ...manners.honest(count), headers: {} }),
};
type Manner = keyof typeof manners;

let server: Server;
const answer = (reply: ServerResponse, { status, type, body, headers = { 'x-request-id': 'x' } }: Reply) =>
  reply.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));

beforeAll(async () => {
  server = createServer((request, reply) => {
    const [, manner, , id] = (request.url ?? '').split('?')[0]!.split('/');
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => answer(reply, manners[manner as Manner](read(id, text))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const contractWith = (manner: Manner) => {
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/${manner}`;
  return new Contract({ document, baseUrl, seed: 7, runs: 60, known: {}, dress: (_id, body) => body });
};

describe('Contract', () => {
  it('holds of a service that keeps to the document', async () => {
    expect([...(await contractWith('honest').holdsForValid(probe))]).toEqual([200]);
    await contractWith('honest').refusesBroken(probe);
  });

  it.each([
    ['talkative', /additional properties/],
    ['failing', /500/],
    ['choosy', /400/],
    ['nameless', /200 without x-request-id/],
  ] as const)('finds a %s one by what is valid', async (manner, fault) => {
    await expect(contractWith(manner).holdsForValid(probe)).rejects.toThrow(fault);
  });

  it.each([
    ['careless', /200 to what is not of the documented form/],
    ['improvising', /WINDOW_OPEN with 400/],
  ] as const)('finds a %s one by what is broken', async (manner, fault) => {
    await expect(contractWith(manner).refusesBroken(probe)).rejects.toThrow(fault);
  });
});
