import { afterEach, beforeEach, expect, it } from 'vitest';
import { AnsweringServer, json } from '../test/answering-server';
import { type AlloraClient, createClient } from './client';

let server: AnsweringServer;
let client: AlloraClient;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
  client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
});
afterEach(() => server.close());

const pageOf = (...nonces: number[]) =>
  json(200, { topicId: 1, epochs: nonces.map((nonce) => ({ nonce, status: 'rewards' })) });
const paths = () => server.seen.map(({ path }) => path);
const noncesOf = async (options?: { limit?: number; before?: number }) => {
  const nonces: number[] = [];
  for await (const { nonce } of client.allEpochs(1, options)) nonces.push(nonce);
  return nonces;
};

it('reads a page of epochs', async () => {
  server.answers = [pageOf(20, 10)];
  expect(await client.epochs(1)).toEqual([
    { nonce: 20, status: 'rewards' },
    { nonce: 10, status: 'rewards' },
  ]);
  await client.epochs(1, { before: 20, limit: 3 });
  expect(paths()).toEqual(['/v1/topics/1/epochs', '/v1/topics/1/epochs?limit=3&before=20']);
});

it('walks all of them, each page before the last nonce of the one before', async () => {
  server.answers = [pageOf(40, 30), pageOf(20, 10), pageOf()];
  expect(await noncesOf({ limit: 2, before: 50 })).toEqual([40, 30, 20, 10]);
  expect(paths()).toEqual([50, 30, 10].map((before) => `/v1/topics/1/epochs?limit=2&before=${before}`));
});

it('asks no further where a page is not full', async () => {
  server.answers = [pageOf(20, 10)];
  expect(await noncesOf()).toEqual([20, 10]);
  expect(paths()).toEqual(['/v1/topics/1/epochs?limit=500']);
});

it('does not believe epochs without a nonce', async () => {
  server.answers = [json(200, { topicId: 1, epochs: [{ status: null }] })];
  await expect(client.epochs(1)).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
});
