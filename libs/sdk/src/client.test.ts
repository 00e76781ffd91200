import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountFromKey } from '@allora/identity/account';
import { provesAuthor } from '@allora/identity/signature';
import { createClient, type AlloraClient } from './client';
import { AlloraError } from './errors';
import { payloadBytes } from './signing';
import { AnsweringServer, hangUp, json, silence } from '../test/answering-server';

const account = accountFromKey(new Uint8Array(32).fill(7));
const receipt = { hash: 'ab', topicId: 1, nonce: 5, author: account.address, logPartition: 0, logOffset: 9 };

let server: AnsweringServer;

const open = (options: { timeoutMs?: number; deadlineMs?: number; maxRetries?: number } = {}): AlloraClient =>
  createClient({ baseUrl: `${server.url}/`, chainId: 'test-1', random: () => 0, ...options });

async function caught(promise: Promise<unknown>): Promise<AlloraError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AlloraError);
  return error as AlloraError;
}

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});

afterEach(() => server.close());

describe('a submission', () => {
  it('carries a proof over the canonical bytes for this chain', async () => {
    server.answers = [json(202, receipt)];
    expect(await open().submitInference(account, { topicId: 1, nonce: 5, value: '12.50' })).toMatchObject({
      hash: 'ab',
      logOffset: 9,
    });
    const { path, text } = server.seen[0]!;
    const sent = JSON.parse(text) as Record<string, string>;
    expect(path).toBe('/v1/topics/1/inferences');
    expect(sent).toMatchObject({ nonce: 5, inferer: account.address, value: '12.50' });
    const proof = {
      address: account.address,
      publicKey: Buffer.from(sent['publicKey']!, 'hex'),
      signature: Buffer.from(sent['signature']!, 'hex'),
    };
    const value = { topicId: 1, nonce: 5, inferer: account.address, value: '12.50', salt: new Uint8Array() };
    const bytes = (chainId: string) => payloadBytes(chainId, { $case: 'inference', value });
    expect(provesAuthor({ ...proof, bytes: bytes('test-1') })).toBe(true);
    expect(provesAuthor({ ...proof, bytes: bytes('other-1') })).toBe(false);
  });

  it('is sent again with the same bytes while the service is away, not before the time it asks for', async () => {
    server.answers = [
      json(503, { code: 'UNAVAILABLE', detail: 'the log is away' }, { 'retry-after': '0.3' }),
      hangUp,
      json(202, receipt),
    ];
    await open().submitForecast(account, { topicId: 1, nonce: 5, elements: [{ inferer: 'a', value: '1' }] });
    expect(server.seen.map(({ text }) => text)).toEqual([
      server.seen[0]!.text,
      server.seen[0]!.text,
      server.seen[0]!.text,
    ]);
    expect(server.seen[1]!.atMs - server.seen[0]!.atMs).toBeGreaterThanOrEqual(290);
  });

  it('is given up when the next attempt would come after the deadline', async () => {
    server.answers = [json(503, { code: 'UNAVAILABLE', detail: 'away' }, { 'retry-after': '5' })];
    const startedMs = Date.now();
    const client = open({ deadlineMs: 1_000 });
    const error = await caught(client.submitInference(account, { topicId: 1, nonce: 5, value: '1' }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(Date.now() - startedMs).toBeLessThan(1_000);
    expect(server.seen).toHaveLength(1);
  });
});

describe('a refusal', () => {
  it('comes as a typed error, once', async () => {
    const problem = {
      type: 'about:blank',
      title: 'T',
      status: 409,
      code: 'WINDOW_CLOSED',
      detail: 'closed at 9',
    };
    server.answers = [json(409, { ...problem, remedy: 'ask windows', height: 9 })];
    const error = await caught(open().submitInference(account, { topicId: 1, nonce: 5, value: '1' }));
    expect(error).toMatchObject({
      code: 'WINDOW_CLOSED',
      status: 409,
      detail: 'closed at 9',
      remedy: 'ask windows',
    });
    expect(error.facts).toEqual({ height: 9 });
    expect(server.seen).toHaveLength(1);
  });

  it('that lasts is thrown when the retries are used up', async () => {
    server.answers = [json(503, { code: 'UNAVAILABLE', detail: 'away' })];
    expect(await caught(open({ maxRetries: 2 }).topics())).toMatchObject({
      code: 'UNAVAILABLE',
      status: 503,
    });
    expect(server.seen).toHaveLength(3);
  });

  it('of something that is not the network is readable too', async () => {
    server.answers = [(_seen, response) => response.writeHead(404).end('<html>no</html>')];
    expect(await caught(open().topic(1))).toMatchObject({ code: 'HTTP_404', detail: '<html>no</html>' });
    server.answers = [(_seen, response) => response.writeHead(200).end('<html>hello</html>')];
    expect(await caught(open().topic(1))).toMatchObject({ code: 'UNREADABLE_ANSWER' });
    server.answers = [json(200, { nonsense: true })];
    expect(await caught(open().windows(1))).toMatchObject({ code: 'UNREADABLE_ANSWER' });
  });
});

describe('without an answer', () => {
  it('says TIMED_OUT for silence', async () => {
    server.answers = [silence];
    expect(await caught(open({ timeoutMs: 50, maxRetries: 1 }).topics())).toMatchObject({
      code: 'TIMED_OUT',
      status: 0,
    });
    expect(server.seen).toHaveLength(2);
  });

  it('says UNREACHABLE for a closed door', async () => {
    server.answers = [hangUp];
    expect(await caught(open({ maxRetries: 0 }).topics())).toMatchObject({ code: 'UNREACHABLE', status: 0 });
  });
});

describe('waiting for an epoch', () => {
  const epoch = { topicId: 1, nonce: 5 };
  const rewards = { ...epoch, emissionUallo: '12', payments: [] };

  it('polls until the part is there', async () => {
    server.answers = [
      json(404, { code: 'UNKNOWN_EPOCH', detail: 'none yet' }),
      json(200, { ...epoch, inference: { ...epoch, mode: 'INFERENCE_MODE_MEDIAN', combined: 3 } }),
      json(200, { ...epoch, rewards }),
    ];
    const found = await open().epoch(1, 5, { waitFor: 'rewards' });
    expect(found).toMatchObject({ inference: null, rewards: { emissionUallo: '12' } });
    expect(server.seen[0]!.path).toMatch(/^\/v1\/topics\/1\/epochs\/5\?waitFor=rewards&timeoutMs=\d+$/);
    expect(server.seen).toHaveLength(3);
  });

  it('gives up in the end', async () => {
    server.answers = [json(200, epoch)];
    expect(await caught(open().epoch(1, 5, { waitFor: 'inference', timeoutMs: 100 }))).toMatchObject({
      code: 'TIMED_OUT',
    });
  });
});
