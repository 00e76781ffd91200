import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { accountFromKey } from '@allora/identity/account';
import { provesAuthor } from '@allora/identity/signature';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, json } from '../test/answering-server';
import { type AlloraClient, createClient } from './client';

const account = accountFromKey(new Uint8Array(32).fill(7));
const author = account.address;
const [topicId, reputer, to] = [3, 'allo1reputer', 'allo1other'];
const whole = 123_456_789_012_345_678_901_234_567n;
const amountUallo = String(whole);
const stake = { topicId, reputer, amountUallo: whole };
const place = { topicId, reputer };

let server: AnsweringServer;
let client: AlloraClient;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
  client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
});
afterEach(() => server.close());

interface Sent {
  readonly command: Record<string, object>;
  readonly requestId: string;
  readonly publicKey: string;
  readonly signature: string;
}
const sent = (at = 0) => JSON.parse(server.seen[at]!.text) as Sent;
const answer = { author, requestId: 'r', command: 'transfer', movedUallo: amountUallo, height: 9 };

function proves(body: Record<string, unknown>, chainId = 'test-1'): boolean {
  const bytes = SignedPayload.encode(SignedPayload.fromJSON({ chainId, ...body })).finish();
  const [publicKey, signature] = [sent().publicKey, sent().signature].map((hex) => Buffer.from(hex, 'hex'));
  return provesAuthor({ address: author, bytes, publicKey: publicKey!, signature: signature! });
}

type Ask = (client: AlloraClient) => Promise<unknown>;
const requestId = 'r';
const commands: readonly (readonly [name: string, ask: Ask, value: object])[] = [
  ['transfer', (c) => c.transfer(account, { to, amountUallo: whole, requestId }), { to, amountUallo }],
  ['delegate', (c) => c.delegate(account, { ...stake, requestId }), { ...place, amountUallo }],
  ['removeStake', (c) => c.removeStake(account, { ...stake, requestId }), { ...place, amountUallo }],
  ['cancelRemoval', (c) => c.cancelRemoval(account, { ...place, requestId }), place],
  [
    'redelegate',
    (c) => c.redelegate(account, { ...stake, toTopicId: 4, toReputer: to, requestId }),
    { ...place, toTopicId: 4, toReputer: to, amountUallo },
  ],
  ['claimDelegationRewards', (c) => c.claimDelegationRewards(account, { ...place, requestId }), place],
  [
    'fundTopic',
    (c) => c.fundTopic(account, { topicId, amountUallo: whole, requestId }),
    { topicId, amountUallo },
  ],
  [
    'payInference',
    (c) => c.payInference(account, { topicId, amountUallo: whole, requestId }),
    { topicId, amountUallo },
  ],
  ['stakeValidator', (c) => c.stakeValidator(account, { amountUallo: whole, requestId }), { amountUallo }],
  [
    'removeValidatorStake',
    (c) => c.removeValidatorStake(account, { amountUallo: whole, requestId }),
    { amountUallo },
  ],
  ['cancelValidatorRemoval', (c) => c.cancelValidatorRemoval(account, { requestId }), {}],
  ['claimValidatorRewards', (c) => c.claimValidatorRewards(account, { requestId }), {}],
  [
    'slash',
    (c) => c.slash(account, { ...place, partsPerMillion: 250_000, requestId }),
    { ...place, partsPerMillion: 250_000 },
  ],
];

describe('a command on the ledger', () => {
  it.each(commands)('%s is sent with a proof over what it says', async (name, ask, value) => {
    server.answers = [json(200, answer)];
    expect(await ask(client)).toEqual({ ...answer, movedUallo: whole, dueHeight: null });
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/commands' });
    expect(sent()).toMatchObject({ author, requestId, command: { [name]: value } });
    expect(Object.keys(sent().command)).toEqual([name]);
    expect(sent().command[name]).toEqual(value);
    const accountCommand = { author, requestId, [name]: value };
    expect(proves({ accountCommand })).toBe(true);
    expect(proves({ accountCommand: { ...accountCommand, requestId: 'other' } })).toBe(false);
    expect(proves({ accountCommand }, 'other-1')).toBe(false);
  });

  it('tells when a removal is paid out', async () => {
    server.answers = [json(200, { ...answer, command: 'remove_stake', dueHeight: 604_809 })];
    expect(await client.removeStake(account, stake)).toMatchObject({ dueHeight: 604_809 });
  });

  it('has a request id of its own each time, and the same one in every attempt', async () => {
    server.answers = [json(503, { code: 'UNAVAILABLE', detail: 'away' }), json(200, answer)];
    await client.transfer(account, { to, amountUallo: 1n });
    await client.transfer(account, { to, amountUallo: 1n });
    const ids = server.seen.map((_, at) => sent(at).requestId);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(server.seen[1]!.text).toBe(server.seen[0]!.text);
  });

  it('does not believe an answer without an amount', async () => {
    server.answers = [json(200, { ...answer, movedUallo: 'much' })];
    await expect(client.claimValidatorRewards(account)).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
  });
});

describe('a change of a topic', () => {
  const topic = {
    id: 3,
    creator: author,
    metadata: 'new',
    lossMethod: 'mse',
    active: true,
    createdHeight: 1,
  };

  it('sends what changes and nothing else', async () => {
    server.answers = [json(200, topic)];
    const change = { topicId, metadata: 'new', params: { pNorm: 2.5, allowNegative: false }, requestId };
    expect(await client.changeTopic(account, change)).toMatchObject({ id: 3, metadata: 'new' });
    expect(server.seen[0]).toMatchObject({ method: 'PATCH', path: '/v1/topics/3' });
    const { publicKey, signature, ...fields } = sent();
    expect({ topicId, ...fields }).toEqual({ creator: author, ...change });
    expect(fields).not.toHaveProperty('topicId');
    expect([publicKey, signature].every((text) => /^[0-9a-f]+$/.test(text))).toBe(true);
    expect(proves({ topicChange: { creator: author, ...change } })).toBe(true);
    expect(proves({ topicChange: { creator: author, ...change, params: { pNorm: 2.5 } } })).toBe(false);
  });

  it('can leave the parameters alone', async () => {
    server.answers = [json(200, topic)];
    await client.changeTopic(account, { topicId, lossMethod: 'mae', requestId });
    expect(Object.keys(sent())).not.toContain('params');
    expect(proves({ topicChange: { creator: author, requestId, topicId, lossMethod: 'mae' } })).toBe(true);
  });
});
