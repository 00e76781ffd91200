import { createAccount } from '@allora/identity/account';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, hangUp, json } from '../test/answering-server';
import { createClient } from './client';
import { Submitter } from './submitter';
import { createWorkerClient } from './worker-client';

let server: AnsweringServer;
const account = createAccount();
const receipt = { hash: 'ab', topicId: 1, nonce: 5, author: account.address, logPartition: 0, logOffset: 1 };
const never = new AbortController().signal;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});
afterEach(() => server.close());

const worker = (submitter?: Submitter) => {
  const client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0, maxRetries: 0 });
  return createWorkerClient(client, account, submitter ? { submitter } : { random: () => 0 });
};
const inference = (value: string, nonce = 5) => ({ topicId: 1, nonce, value });

describe('a submission', () => {
  it('is sent in the same bytes until there is a receipt', async () => {
    const passing = json(500, { code: 'INTERNAL', detail: 'it broke' });
    server.answers = [hangUp, passing, json(404, 'a proxy without a route'), json(202, receipt)];
    await expect(worker().submitInference(inference('1.50'), never)).resolves.toMatchObject({ hash: 'ab' });
    expect(server.seen).toHaveLength(4);
    expect(new Set(server.seen.map(({ text }) => text)).size).toBe(1);
    expect(server.seen[0]!.text).toContain('"value":"1.50"');
  });

  it('ends with a refusal of the network', async () => {
    server.answers = [json(409, { code: 'WINDOW_CLOSED', detail: 'too late' })];
    await expect(worker().submitInference(inference('1'), never)).rejects.toMatchObject({
      code: 'WINDOW_CLOSED',
    });
    expect(server.seen).toHaveLength(1);
  });

  it('ends with its window, with the last thing that stood in the way', async () => {
    server.answers = [json(503, { code: 'UNAVAILABLE', detail: 'stopping' })];
    const until = AbortSignal.timeout(150);
    await expect(worker().submitInference(inference('1'), until)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('joins the same one under way, and refuses another version of it', async () => {
    server.answers = [(_seen, response) => void setTimeout(() => json(202, receipt)(_seen, response), 60)];
    const one = worker();
    const both = [one.submitInference(inference('1'), never), one.submitInference(inference('1'), never)];
    await expect(one.submitInference(inference('2'), never)).rejects.toMatchObject({
      code: 'CONFLICTING_REPEAT',
    });
    await Promise.all(both);
    expect(server.seen).toHaveLength(1);
  });

  it('waits for its turn', async () => {
    let open = 0;
    let most = 0;
    const submitter = new Submitter({ maxConcurrent: 2 });
    const send = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open -= 1;
    };
    const all = Array.from({ length: 7 }, (_, n) =>
      submitter.submit({ slot: `${n}`, body: '', send }, never),
    );
    await Promise.all(all);
    expect(most).toBe(2);
  });
});
