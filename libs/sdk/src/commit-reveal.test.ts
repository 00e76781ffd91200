import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { accountFromKey } from '@allora/identity/account';
import { messageHash, provesAuthor } from '@allora/identity/signature';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, hangUp, json } from '../test/answering-server';
import { createClient } from './client';
import { payloadBytes, type PayloadBody } from './signing';

const account = accountFromKey(new Uint8Array(32).fill(7));
const receipt = { hash: 'ab', topicId: 1, nonce: 5, author: account.address, logPartition: 0, logOffset: 9 };
let server: AnsweringServer;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
  server.answers = [json(202, receipt)];
});
afterEach(() => server.close());

const open = () => createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

interface Sent {
  readonly nonce: number;
  readonly worker: string;
  readonly hash: string;
  readonly salt: string;
  readonly publicKey: string;
  readonly signature: string;
}
const sent = (n: number) => JSON.parse(server.seen[n]!.text) as Sent;
const proves = ({ publicKey, signature }: Sent, body: unknown) =>
  provesAuthor({
    address: account.address,
    bytes: payloadBytes('test-1', body as PayloadBody),
    publicKey: bytesOf(publicKey),
    signature: bytesOf(signature),
  });

describe('commit and reveal', () => {
  it('first binds to the bytes that are revealed later, and shows nothing of them', async () => {
    const client = open();
    const sealed = await client.commitInference(account, { topicId: 1, nonce: 5, value: '12.50' });
    await client.revealInference(account, JSON.parse(JSON.stringify(sealed)) as typeof sealed);
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/v1/topics/1/inferences/commitments',
      '/v1/topics/1/inferences',
    ]);
    const [commitment, revealed] = [sent(0), sent(1)];
    expect(server.seen[0]!.text).not.toContain('12.50');
    expect(commitment).toMatchObject({ nonce: 5, worker: account.address, hash: sealed.hash });
    const salt = bytesOf(revealed.salt);
    expect(salt).toHaveLength(32);
    const value = { topicId: 1, nonce: 5, inferer: account.address, value: '12.50', salt };
    const bytes = payloadBytes('test-1', { $case: 'inference', value });
    expect(Buffer.from(messageHash(bytes)).toString('hex')).toBe(commitment.hash);
    const { hash } = commitment;
    const committed = { topicId: 1, nonce: 5, worker: account.address, hash: bytesOf(hash), body: 1 };
    expect(proves(commitment, { $case: 'commitment', value: committed })).toBe(true);
    expect(proves(revealed, { $case: 'inference', value })).toBe(true);
  });

  it('of a forecast says that it is one', async () => {
    const client = open();
    const request = { topicId: 1, nonce: 5, elements: [{ inferer: 'a', value: '-1' }] };
    const sealed = await client.commitForecast(account, request);
    await client.revealForecast(account, sealed);
    const [commitment, revealed] = [sent(0), sent(1)];
    expect(server.seen[0]!.path).toBe('/v1/topics/1/forecasts/commitments');
    const committed = { topicId: 1, nonce: 5, worker: account.address, hash: bytesOf(sealed.hash), body: 2 };
    expect(proves(commitment, { $case: 'commitment', value: committed })).toBe(true);
    const value = { ...request, forecaster: account.address, salt: bytesOf(revealed.salt) };
    expect(proves(revealed, { $case: 'forecast', value })).toBe(true);
    const bytes = payloadBytes('test-1', { $case: 'forecast', value });
    expect(SignedPayload.decode(bytes).body).toEqual({ $case: 'forecast', value });
  });

  it('takes a new salt each time, but commits to what was sealed before', async () => {
    const client = open();
    const request = { topicId: 1, nonce: 5, value: '1' };
    const [one, other] = [client.sealInference(account, request), client.sealInference(account, request)];
    expect(one.salt).not.toBe(other.salt);
    expect(server.seen).toHaveLength(0);
    server.answers = [hangUp, json(202, receipt)];
    expect(await client.commitInference(account, one)).toEqual(one);
    expect([sent(0).hash, server.seen[1]!.text]).toEqual([one.hash, server.seen[0]!.text]);
  });
});
