import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  InferenceIngestSubmitRequest,
  InferenceIngestSubmitResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Account } from '@allora/identity/account';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  callRaw,
  chainId,
  type FaultNetwork,
  footprint,
  hex,
  jsonOf,
  payloadOf,
  type RawAnswer,
  settledFootprint,
  startNetwork,
} from './known-faults-network';

const submit = '/allora.ingest.v1.InferenceIngest/Submit';
const malformed = { status: 'INVALID_ARGUMENT', code: 'MALFORMED' };

let network: FaultNetwork;
let topicId: number;
let nonce: number;
let author: Account;
let spares: Account[];

beforeAll(async () => {
  network = await startNetwork({ maxPayloadBytes: 262_144 });
  ({ topicId, firstNonce: nonce } = await network.createTopic());
  [author] = (await network.members('worker', [topicId], 1)) as [Account];
  spares = await network.members('worker', [topicId], 50);
  await network.advance(nonce);
});
afterAll(async () => network?.close());
afterEach(async () => {
  const by = spares.pop()!;
  const payload = payloadOf({
    $case: 'inference',
    value: { topicId, nonce, inferer: by.address, value: '1' },
  });
  const answer = await callRaw(network, submit, request(by, payload));
  expect(answer).toMatchObject({ status: 'OK' });
  const taken = await network.post(
    `/v1/topics/${topicId}/inferences`,
    jsonOf(by, { $case: 'inference', value: { topicId, nonce, inferer: by.address, value: '1' } }),
  );
  const { receipt } = InferenceIngestSubmitResponse.decode(answer.response!);
  expect(taken).toMatchObject({ status: 202, body: { hash: receipt!.hash, logOffset: receipt!.logOffset } });
});

const request = (by: Account, payload: Uint8Array) =>
  InferenceIngestSubmitRequest.encode({
    signed: { payload, publicKey: by.publicKey, signature: by.sign(payload) },
  }).finish();

async function expectRefusedRaw(
  bytes: Uint8Array,
  wanted: Partial<RawAnswer>,
  method = submit,
): Promise<void> {
  const before = await settledFootprint(network);
  expect(await callRaw(network, method, bytes)).toMatchObject(wanted);
  expect(await footprint(network)).toEqual(before);
}

type Fields = (inference: BinaryWriter) => BinaryWriter;
/** Field number and wire type, as protobuf writes them before each value. */
const tag = (field: number, wire: 'varint' | 'bytes' | 'start' | 'end') =>
  (field << 3) | { varint: 0, bytes: 2, start: 3, end: 4 }[wire];
const topicOf: Fields = (to) => to.uint32(tag(1, 'varint')).uint64(topicId);
const nonceOf: Fields = (to) => to.uint32(tag(2, 'varint')).int64(nonce);
const infererOf: Fields = (to) => to.uint32(tag(3, 'bytes')).string(author.address);
const valueOf: Fields = (to) => to.uint32(tag(4, 'bytes')).string('1.5');

function handWritten(
  fields: readonly Fields[],
  around?: (to: BinaryWriter, body: Uint8Array) => BinaryWriter,
) {
  const body = fields.reduce((to, field) => field(to), new BinaryWriter()).finish();
  const plain = (to: BinaryWriter) =>
    to.uint32(tag(1, 'bytes')).string(chainId).uint32(tag(2, 'bytes')).bytes(body);
  return (around ? around(new BinaryWriter(), body) : plain(new BinaryWriter())).finish();
}
const canonical = () => handWritten([topicOf, nonceOf, infererOf, valueOf]);
const inner = (...fields: Fields[]) => handWritten(fields);

describe('signed bytes that say the same in another way change nothing', () => {
  it('are told from the canonical ones, which these tests can write by hand', () => {
    const body = {
      $case: 'inference',
      value: { topicId, nonce, inferer: author.address, value: '1.5' },
    } as const;
    expect(hex(canonical())).toBe(hex(payloadOf(body)));
  });

  it.each<[string, () => Uint8Array]>([
    ['fields in another order', () => inner(nonceOf, topicOf, infererOf, valueOf)],
    ['a field twice', () => inner(topicOf, topicOf, nonceOf, infererOf, valueOf)],
    [
      'a value twice',
      () => inner(topicOf, nonceOf, infererOf, (to) => to.uint32(tag(4, 'bytes')).string('9'), valueOf),
    ],
    [
      'a default written out',
      () =>
        inner(topicOf, nonceOf, infererOf, valueOf, (to) =>
          to.uint32(tag(5, 'bytes')).bytes(new Uint8Array()),
        ),
    ],
    [
      'an unknown field inside',
      () => inner(topicOf, nonceOf, infererOf, valueOf, (to) => to.uint32(tag(15, 'varint')).uint32(1)),
    ],
    [
      'a group inside',
      () =>
        inner(topicOf, nonceOf, infererOf, valueOf, (to) =>
          to.uint32(tag(15, 'start')).uint32(tag(15, 'end')),
        ),
    ],
    [
      '100 000 groups in each other',
      () =>
        inner(topicOf, nonceOf, infererOf, valueOf, (to) => to.raw(Buffer.alloc(100_000, tag(15, 'start')))),
    ],
    [
      'a number in a longer varint',
      () =>
        inner(
          (to) => to.uint32(tag(1, 'varint')).raw(Buffer.from([0x80 | topicId, 0x80, 0])),
          nonceOf,
          infererOf,
          valueOf,
        ),
    ],
    [
      'a nonce of zero written out',
      () => inner(topicOf, (to) => to.uint32(tag(2, 'varint')).int64(0), infererOf, valueOf),
    ],
    [
      'a value that is no UTF-8',
      () =>
        inner(topicOf, nonceOf, infererOf, (to) =>
          to.uint32(tag(4, 'bytes')).bytes(Buffer.from([0x31, 0xff])),
        ),
    ],
    [
      'the body before the chain id',
      () =>
        handWritten([topicOf, nonceOf, infererOf, valueOf], (to, body) =>
          to.uint32(tag(2, 'bytes')).bytes(body).uint32(tag(1, 'bytes')).string(chainId),
        ),
    ],
    [
      'two bodies',
      () =>
        Buffer.concat([
          canonical(),
          new BinaryWriter().uint32(tag(3, 'bytes')).bytes(new Uint8Array()).finish(),
        ]),
    ],
    ['the same body twice', () => Buffer.concat([canonical(), canonical()])],
    ['an unknown field behind', () => Buffer.concat([canonical(), Buffer.from([0x78, 0x01])])],
    ['zero bytes behind', () => Buffer.concat([canonical(), Buffer.alloc(8)])],
    ['the last byte cut off', () => canonical().slice(0, -1)],
    ['nothing', () => new Uint8Array()],
    ['no body', () => new BinaryWriter().uint32(tag(1, 'bytes')).string(chainId).finish()],
  ])('%s', async (_, bytes) => {
    await expectRefusedRaw(request(author, bytes()), malformed);
  });
});

describe('numbers beyond what computers hold change nothing', () => {
  const varint =
    (field: number, value: bigint): Fields =>
    (to) =>
      to.uint32(tag(field, 'varint')).uint64(value);
  it.each<[string, Fields[]]>([
    ['a topic id of 2^64 - 1', [varint(1, 2n ** 64n - 1n), nonceOf]],
    ['a topic id of 2^53', [varint(1, 2n ** 53n), nonceOf]],
    ['a topic id of 2^32 more', [varint(1, 2n ** 64n - 2n ** 32n), nonceOf]],
    ['a topic id of 0', [nonceOf]],
    ['a nonce of 2^53', [topicOf, varint(2, 2n ** 53n)]],
    ['a nonce of 2^63 - 1', [topicOf, varint(2, 2n ** 63n - 1n)]],
    ['a nonce of -1', [topicOf, varint(2, 2n ** 64n - 1n)]],
    ['a nonce of -2^63', [topicOf, varint(2, 2n ** 63n)]],
    [
      'a varint of eleven bytes',
      [topicOf, (to) => to.uint32(tag(2, 'varint')).raw(Buffer.from([...Array<number>(10).fill(0xff), 1]))],
    ],
  ])('%s', async (_, fields) => {
    await expectRefusedRaw(request(author, inner(...fields, infererOf, valueOf)), malformed);
  });
});

describe('a call that is no submission changes nothing', () => {
  const signed = (change: object) => {
    const payload = canonical();
    const sound = { payload, publicKey: author.publicKey, signature: author.sign(payload) };
    return InferenceIngestSubmitRequest.encode({ signed: { ...sound, ...change } }).finish();
  };

  it.each<[string, () => Uint8Array, Partial<RawAnswer>]>([
    ['an empty request', () => new Uint8Array(), malformed],
    ['a key of 65 bytes', () => signed({ publicKey: new Uint8Array(65).fill(4) }), malformed],
    [
      'a key that is no point',
      () => signed({ publicKey: new Uint8Array(33).fill(0xff) }),
      { status: 'UNAUTHENTICATED', code: 'BAD_SIGNATURE' },
    ],
    ['a signature in DER', () => signed({ signature: new Uint8Array(70).fill(0x30) }), malformed],
    [
      'a signature of zeroes',
      () => signed({ signature: new Uint8Array(64) }),
      { status: 'UNAUTHENTICATED', code: 'BAD_SIGNATURE' },
    ],
    [
      'a payload over its limit',
      () => signed({ payload: new Uint8Array(262_145) }),
      { status: 'RESOURCE_EXHAUSTED', code: 'TOO_LARGE' },
    ],
    ['10 MB', () => signed({ payload: new Uint8Array(10_000_000) }), { status: 'RESOURCE_EXHAUSTED' }],
    ['bytes that are no request', () => Buffer.alloc(64, 0xff), { status: 'INTERNAL' }],
    ['a million groups in each other', () => Buffer.alloc(1_000_000, 0x7b), { status: 'INTERNAL' }],
  ])('%s', async (_, bytes, wanted) => {
    await expectRefusedRaw(bytes(), wanted);
  });

  it('a submission of another kind, or at the door of another kind', async () => {
    const loss = {
      $case: 'loss',
      value: { topicId, nonce, reputer: author.address, combined: '1', naive: '1' },
    } as const;
    await expectRefusedRaw(request(author, payloadOf(loss)), malformed);
    const inference = request(author, canonical());
    await expectRefusedRaw(inference, malformed, '/allora.ingest.v1.ForecastIngest/Submit');
    await expectRefusedRaw(inference, malformed, '/allora.ingest.v1.LossIngest/Submit');
  });
});
