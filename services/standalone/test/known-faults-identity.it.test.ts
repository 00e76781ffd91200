import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@allora/identity/secp256k1';
import { type Account, accountFromKey, createAccount } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import * as noble from '@noble/secp256k1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  expectRefused,
  type FaultNetwork,
  hex,
  jsonOf,
  payloadOf,
  proofOf,
  registrationOf,
  settledFootprint,
  startNetwork,
  topicParams,
} from './known-faults-network';

type Body = Parameters<typeof jsonOf>[1];
const badSignature = { status: 401, code: 'BAD_SIGNATURE' };
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

let network: FaultNetwork;
let topicId: number;
let otherTopicId: number;
/** Of the workers; the reputers' is `lossNonce`. */
let nonce: number;
let lossNonce: number;
const privateKey = new Uint8Array(randomBytes(32));
/** In both topics, as worker and as reputer. */
const author = accountFromKey(privateKey);
let victim: Account;

beforeAll(async () => {
  network = await startNetwork();
  ({ topicId, firstNonce: lossNonce } = await network.createTopic());
  ({ topicId: otherTopicId } = await network.createTopic());
  nonce = lossNonce + topicParams.epochLengthBlocks;
  await network.fund([author]);
  for (const topic of [topicId, otherTopicId])
    for (const role of ['worker', 'reputer'] as const) await network.register(author, topic, role);
  [victim] = (await network.members('worker', [topicId], 1)) as [Account];
  await network.register(victim, topicId, 'reputer');
  await network.advance(lossNonce);
  await network.advance(nonce);
});
afterAll(async () => network?.close());

interface Command {
  readonly path: (topic: number) => string;
  readonly body: (by: Account, change?: object) => Body;
  /** What the JSON says by other names than the signed bytes. */
  readonly names?: (topic: number) => object;
  readonly author: string;
}

const commands: Record<string, Command> = {
  registration: {
    path: (topic) => `/v1/topics/${topic}/registrations`,
    body: ({ address }, change) => ({
      $case: 'registration',
      value: { topicId, address, role: Role.WORKER, ...change },
    }),
    names: () => ({ role: 'worker' }),
    author: 'address',
  },
  stakeDeposit: {
    path: (topic) => `/v1/topics/${topic}/stakes`,
    body: ({ address }, change) => ({
      $case: 'stakeDeposit',
      value: { topicId, reputer: address, amountUallo: '10', requestId: 'r', ...change },
    }),
    author: 'reputer',
  },
  accountCommand: {
    path: () => '/v1/commands',
    body: ({ address }, change) => ({
      $case: 'accountCommand',
      value: {
        author: address,
        requestId: 'r',
        command: { $case: 'fundTopic', value: { topicId, amountUallo: '10', ...change } },
      },
    }),
    names: (topic) => ({ command: { fundTopic: { topicId: topic, amountUallo: '10' } } }),
    author: 'author',
  },
  inference: {
    path: (topic) => `/v1/topics/${topic}/inferences`,
    body: ({ address }, change) => ({
      $case: 'inference',
      value: { topicId, nonce, inferer: address, value: '1', ...change },
    }),
    author: 'inferer',
  },
  forecast: {
    path: (topic) => `/v1/topics/${topic}/forecasts`,
    body: ({ address }, change) => ({
      $case: 'forecast',
      value: {
        topicId,
        nonce,
        forecaster: address,
        elements: [{ inferer: address, value: '1' }],
        ...change,
      },
    }),
    author: 'forecaster',
  },
  loss: {
    path: (topic) => `/v1/topics/${topic}/losses`,
    body: ({ address }, change) => ({
      $case: 'loss',
      value: { ...noLosses, topicId, nonce: lossNonce, reputer: address, ...change },
    }),
    author: 'reputer',
  },
};
const noLosses = {
  ...{ combined: '1', naive: '1', inferers: [], forecasters: [], oneOutInferers: [], oneOutForecasters: [] },
  ...{ oneInForecasters: [], oneOutInfererForecasters: [] },
};

const send = ({ path, names }: Command, json: object, topic = topicId): Promise<Answer> =>
  network.post(path(topic), { ...json, ...names?.(topic) });
const refused = (command: Command, json: object, topic = topicId) =>
  expectRefused(network, () => send(command, json, topic), badSignature);

/** The same point of the curve with the other s: a second signature that anybody can make of a first. */
function withHighS(signature: Uint8Array): Uint8Array {
  const s = order - BigInt(`0x${hex(signature.slice(32))}`);
  return new Uint8Array([...signature.slice(0, 32), ...Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
}

describe.each(Object.keys(commands))('without the key of its author, nothing is taken: %s', (kind) => {
  const command = commands[kind]!;
  const stranger = createAccount();

  it("another's address with one's own key", async () => {
    await refused(command, { ...jsonOf(stranger, command.body(victim)) });
  });
  it("another's public key with one's own signature", async () => {
    const proof = { ...proofOf(stranger, payloadOf(command.body(victim))), publicKey: hex(victim.publicKey) };
    await refused(command, { ...jsonOf(victim, command.body(victim)), ...proof });
  });
  it("one's own address with another's public key and signature", async () => {
    const body = command.body(author);
    await refused(command, { ...jsonOf(author, body), ...proofOf(victim, payloadOf(body)) });
  });
  it("another's proof of the same thing under one's own address", async () => {
    const { publicKey, signature } = jsonOf(victim, command.body(victim));
    await refused(command, { ...jsonOf(author, command.body(author)), publicKey, signature });
  });
  it('a signature for another network', async () => {
    for (const chain of ['allora-test-2', 'allora-test', ''])
      await refused(command, jsonOf(author, command.body(author), chain));
  });
  it('a signature over the hash of the hash, or over the text of the JSON', async () => {
    const json = jsonOf(author, command.body(author));
    const payload = payloadOf(command.body(author));
    for (const signed of [messageHash(payload), Buffer.from(JSON.stringify(json))])
      await refused(command, { ...json, signature: hex(author.sign(signed)) });
  });
  it('a signature with a high s', async () => {
    const payload = payloadOf(command.body(author));
    const high = hex(withHighS(author.sign(payload)));
    await refused(command, { ...jsonOf(author, command.body(author)), signature: high });
  });
  it('a signature of each other kind of command, over its own bytes and over the bytes as far as they agree', async () => {
    for (const [other, { body }] of Object.entries(commands)) {
      if (other === kind) continue;
      await refused(command, {
        ...jsonOf(author, command.body(author)),
        ...proofOf(author, payloadOf(body(author))),
      });
    }
  });
  it("a signature for another topic, sent to this one, and this one's sent to another", async () => {
    const elsewhere = { ...jsonOf(author, command.body(author, { topicId: otherTopicId })) };
    await refused(command, elsewhere);
    await refused(command, jsonOf(author, command.body(author)), otherTopicId);
  });
});

it('takes a signature for one role for no other', async () => {
  const newcomer = createAccount();
  await network.fund([newcomer]);
  const asWorker = registrationOf(newcomer, topicId, 'worker');
  await expectRefused(
    network,
    () => network.post(`/v1/topics/${topicId}/registrations`, { ...asWorker, role: 'reputer' }),
    badSignature,
  );
  expect(await network.post(`/v1/topics/${topicId}/registrations`, asWorker)).toMatchObject({ status: 201 });
  const { status, body } = await send(commands['loss']!, jsonOf(newcomer, commands['loss']!.body(newcomer)));
  expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'NOT_REGISTERED' });
});

it('takes an inference whose text is a forecast to the byte for nothing but what it says', async () => {
  const forecast = payloadOf(commands['forecast']!.body(author));
  // Behind the tag of the body both kinds read: topic, nonce, address, and a field 4 of so many bytes.
  const elements = `\n+${author.address}\x12\x011`;
  const inference = payloadOf(commands['inference']!.body(author, { value: elements }));
  const differing = [...forecast.entries()].filter(([i, byte]) => inference[i] !== byte);
  expect(differing).toHaveLength(1);
  expect(inference).toHaveLength(forecast.length);
  const json = jsonOf(author, commands['forecast']!.body(author));
  await refused(commands['forecast']!, { ...json, ...proofOf(author, inference) });
});

it('gives a payload one receipt and one name, however often and however it is signed', async () => {
  const { path, body } = commands['inference']!;
  const first = await network.post(path(topicId), jsonOf(author, body(author)));
  expect(first).toMatchObject({ status: 202 });
  const payload = payloadOf(body(author));
  expect(first.body['hash']).toBe(hex(messageHash(payload)));
  const known = ['hash', 'topicId', 'nonce', 'author', 'logPartition', 'logOffset', 'acceptedAtMs'];
  const facts = ({ status, body: answer }: Answer) => [status, ...known.map((field) => answer[field])];
  const resting = await settledFootprint(network);
  for (let n = 0; n < 3; n += 1) {
    const otherwise = noble.sign(messageHash(payload), privateKey, { prehash: false, extraEntropy: true });
    expect(secp256k1.verify(author.publicKey, messageHash(payload), otherwise)).toBe(true);
    const again = await network.post(path(topicId), {
      ...jsonOf(author, body(author)),
      signature: hex(otherwise),
    });
    expect(facts(again)).toEqual(facts(first));
    await refused(commands['inference']!, {
      ...jsonOf(author, body(author)),
      signature: hex(withHighS(otherwise)),
    });
  }
  expect(await settledFootprint(network)).toEqual(resting);
});

it('takes what was signed for one nonce for no other, also when its own is past', async () => {
  const { path, body } = commands['inference']!;
  const old = jsonOf(victim, body(victim));
  const first = await network.post(path(topicId), old);
  expect(first).toMatchObject({ status: 202 });
  await expectRefused(network, () => network.post(path(topicId), { ...old, nonce: lossNonce }), badSignature);
  await network.advance(nonce + topicParams.epochLengthBlocks);
  const next = { ...old, nonce: nonce + topicParams.epochLengthBlocks };
  await expectRefused(network, () => network.post(path(topicId), next), badSignature);
  const resting = await settledFootprint(network);
  const again = await network.post(path(topicId), old);
  expect(again).toMatchObject({ status: 202, body: { hash: first.body['hash'], nonce } });
  expect(await settledFootprint(network)).toEqual(resting);
  const unsent = jsonOf(author, body(author, { nonce: lossNonce }));
  await expectRefused(network, () => network.post(path(topicId), unsent), {
    status: 409,
    code: 'WINDOW_CLOSED',
  });
});
