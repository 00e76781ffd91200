import { type Account, createAccount } from '@allora/identity/account';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  expectRefused,
  type FaultNetwork,
  jsonOf,
  registrationOf,
  settledFootprint,
  startNetwork,
  topicParams,
} from './known-faults-network';

const malformed = { status: 400, code: 'MALFORMED' };
const tooLarge = { status: 413, code: 'TOO_LARGE' };
const notAllowed = { status: 422, code: 'VALUE_NOT_ALLOWED' };
const badSignature = { status: 401, code: 'BAD_SIGNATURE' };

let network: FaultNetwork;
let topicId: number;
let nonce: number;
let path: string;
/** Nobody's submission yet: the one whose request is spoilt, and then those who show that the service still answers. */
let author: Account;
const spares: Account[] = [];

beforeAll(async () => {
  network = await startNetwork({ maxPayloadBytes: 262_144 });
  ({ topicId, firstNonce: nonce } = await network.createTopic());
  path = `/v1/topics/${topicId}/inferences`;
  author = (await network.members('worker', [topicId], 1))[0]!;
  spares.push(...(await network.members('worker', [topicId], 110)));
  await network.advance(nonce);
});
afterAll(async () => network?.close());

const inference = (by: Account, change: object = {}) =>
  jsonOf(by, { $case: 'inference', value: { topicId, nonce, inferer: by.address, value: '1.5', ...change } });
/** What a sound request of the author would be. */
const sound = () => JSON.stringify(inference(author));
const with_ = (field: string, json: string) =>
  sound().replace(new RegExp(`"${field}":("[^"]*"|\\d+)`), () => `"${field}":${json}`);

afterEach(async () => {
  expect(await network.post(path, inference(spares.pop()!))).toMatchObject({ status: 202 });
});

describe('a body that is no submission changes nothing', () => {
  const deep = (open: string, close: string, inner = '') =>
    open.repeat(100_000) + inner + close.repeat(100_000);
  const form = (fields: object) => new URLSearchParams(fields as Record<string, string>).toString();

  it.each<
    [
      string,
      () => string | Uint8Array<ArrayBuffer>,
      { status: number; code: string },
      Record<string, string>?,
    ]
  >([
    ['100 000 arrays in each other', () => deep('[', ']'), malformed],
    ['100 000 objects in each other', () => deep('{"a":', '}', '1'), malformed],
    ['100 000 arrays for a value', () => with_('value', deep('[', ']')), malformed],
    [
      '100 000 objects in a field of no meaning',
      () => sound().replace('{', `{"x":${deep('{"a":', '}', '1')},`),
      malformed,
    ],
    ['10 MB in a value', () => with_('value', JSON.stringify('1'.repeat(10_000_000))), tooLarge],
    ['10 MB of blanks', () => ' '.repeat(10_000_000) + sound(), tooLarge],
    ['a value over the longest payload', () => with_('value', JSON.stringify('1'.repeat(300_000))), tooLarge],
    ['a __proto__ key', () => sound().replace('{', '{"__proto__":{"value":"2"},'), malformed],
    ['an escaped __proto__ key', () => sound().replace('{', '{"\\u005f_proto__":{"value":"2"},'), malformed],
    [
      'a constructor key',
      () => sound().replace('{', '{"constructor":{"prototype":{"value":"2"}},'),
      malformed,
    ],
    ['nothing', () => '', malformed],
    ['null', () => 'null', malformed],
    ['a number beyond doubles', () => '1e400', malformed],
    ['a text', () => '"inference"', malformed],
    ['half a document', () => sound().slice(0, -1), malformed],
    ['more behind the document', () => sound() + '1', malformed],
    ['NaN in place of a text', () => with_('value', 'NaN'), malformed],
    ['a number in place of its text', () => with_('value', '1.5'), malformed],
    ['UTF-16', () => Buffer.from(sound(), 'utf16le'), malformed],
    [
      'bytes that are no UTF-8',
      () => Buffer.concat([Buffer.from(sound().slice(0, -1)), Buffer.from([0xff, 0x7d])]),
      malformed,
    ],
    ['text/plain', sound, malformed, { 'content-type': 'text/plain' }],
    [
      'a form',
      () => form(inference(author)),
      malformed,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['a merge patch', sound, malformed, { 'content-type': 'application/merge-patch+json' }],
    ['protobuf', sound, malformed, { 'content-type': 'application/x-protobuf' }],
  ])('%s', async (_, body, wanted, headers) => {
    await expectRefused(network, () => network.send(path, body(), headers), wanted);
  });
});

describe('numbers beyond what computers hold change nothing', () => {
  it.each<[string, string, string, { status: number; code: string }]>([
    ['a nonce over 2^53', 'nonce', '9007199254740993', malformed],
    ['a nonce of 1e400', 'nonce', '1e400', malformed],
    ['a nonce of 2^64', 'nonce', '18446744073709551616', malformed],
    ['a nonce below zero', 'nonce', '-1', malformed],
    ['half a nonce', 'nonce', '1.5', malformed],
    ['a nonce of minus zero', 'nonce', '-0', badSignature],
    ['a nonce in a text', 'nonce', '"1"', malformed],
  ])('%s', async (_, field, json, wanted) => {
    await expectRefused(network, () => network.send(path, with_(field, json)), wanted);
  });

  it.each([
    ...[
      '-0',
      '-0.00',
      '-1e-400',
      '1e400',
      '-1e400',
      '1e309',
      'NaN',
      '-NaN',
      'nan',
      'Infinity',
      '-Infinity',
      '∞',
      '1e1234',
      '0x10',
      '',
    ],
    ...[
      '9'.repeat(39),
      `0.${'1'.repeat(39)}`,
      '1'.repeat(65),
      '١',
      '１',
      '1\u0000',
      '1\n',
      '+1',
      '1,5',
      '1_0',
      ' 1',
      '-1',
    ],
  ])('a value of %j, signed', async (value) => {
    await expectRefused(network, () => network.post(path, inference(author, { value })), notAllowed);
  });

  it.each([
    '9007199254740993',
    '0',
    '-1',
    '01',
    '1.0',
    '1e0',
    '%EF%BC%91',
    '%00',
    '%zz',
    '18446744073709551616',
  ])('a topic id of %s in the path', async (id) => {
    await expectRefused(network, () => network.send(`/v1/topics/${id}/inferences`, sound()), malformed);
  });

  it('takes what is too small for a double, and 63 digits, as they stand', async () => {
    for (const value of ['0', `${'9'.repeat(30)}.${'1'.repeat(33)}`, '1e-999']) {
      const by = spares.pop()!;
      const answer = await network.post(path, inference(by, { value }));
      expect(answer).toMatchObject({ status: 202, body: { author: by.address } });
    }
  });
});

describe('who is meant is written in one way only', () => {
  it.each<[string, (address: string) => string]>([
    ['upper case', (address) => address.toUpperCase()],
    ['mixed case', (address) => address.replace('allo', 'Allo')],
    ['a Cyrillic letter that looks the same', (address) => address.replace('a', 'а')],
    ['fullwidth digits', (address) => address.replace('1', '１')],
    ['a right-to-left mark', (address) => `\u202e${address}`],
    ['an invisible joiner', (address) => `${address.slice(0, 9)}\u200d${address.slice(9)}`],
    ['a decomposed accent', (address) => address.replace('a', 'a\u0301')],
    ['a composed accent', (address) => address.replace('a', '\u00e1')],
    ['a blank behind', (address) => `${address} `],
    ['a zero byte behind', (address) => `${address}\u0000`],
  ])('%s', async (_, spoil) => {
    const changed = { inferer: spoil(author.address) };
    await expectRefused(network, () => network.post(path, inference(author, changed)), malformed);
    const registration = { ...registrationOf(author, topicId, 'reputer'), address: changed.inferer };
    await expectRefused(
      network,
      () => network.post(`/v1/topics/${topicId}/registrations`, registration),
      malformed,
    );
  });

  it.each(['publicKey', 'signature'])(
    '%s in upper case, with 0x or with a letter too many',
    async (field) => {
      const body = inference(author);
      const text = String(body[field]);
      for (const spoilt of [
        text.toUpperCase(),
        `0x${text}`,
        `${text}0`,
        text.slice(2),
        `${text.slice(0, -1)}０`,
      ]) {
        await expectRefused(network, () => network.post(path, { ...body, [field]: spoilt }), malformed);
      }
    },
  );
});

describe('a key named twice', () => {
  it('counts for what its author signed, or not at all', async () => {
    const lastIsOther = sound().replace(/\}$/, ',"value":"9"}');
    await expectRefused(network, () => network.send(path, lastIsOther), badSignature);
    const by = spares.pop()!;
    const mine = JSON.stringify(inference(by));
    const firstIsOther = mine.replace('{', '{"value":"9",');
    const taken = await network.send(path, firstIsOther);
    expect(taken).toMatchObject({ status: 202 });
    expect(await network.send(path, mine)).toEqual(taken);
  });
});

describe('a bulk request', () => {
  it('over its limit is refused whole; a spoilt member refuses nobody else', async () => {
    const bulk = `${path}/bulk`;
    const many = JSON.stringify({ items: Array(9).fill({ ...inference(author), x: 'x'.repeat(2_000_000) }) });
    await expectRefused(network, () => network.send(bulk, many), tooLarge);
    for (const body of [
      '[]',
      '{}',
      '{"items":[]}',
      '{"items":{"0":{}}}',
      '{"items":[1],"more":1}',
      '{"items":"x"}',
    ])
      await expectRefused(network, () => network.send(bulk, body), malformed);
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const good = inference(spares.pop()!);
    const items = [
      deep,
      '{"constructor":{}}',
      'null',
      '1e400',
      JSON.stringify(good),
      with_('nonce', '1e400'),
    ];
    const { status, body } = await network.send(bulk, `{"items":[${items.join(',')}]}`);
    expect(status).toBe(200);
    const statuses = (body['results'] as { status: number }[]).map((result) => result.status);
    expect(statuses).toEqual([400, 400, 400, 400, 202, 400]);
  });
});

describe('texts of a topic', () => {
  it.each<[string, object]>([
    ['a zero byte in the metadata', { metadata: 'a\u0000b' }],
    ['a zero byte in the request id', { requestId: 'a\u0000b' }],
    ['half a surrogate pair in the metadata', { metadata: '\ud800' }],
    ['half a surrogate pair in the request id', { requestId: '\udfff' }],
  ])('%s', async (_, change) => {
    const creator = createAccount();
    const value = {
      creator: creator.address,
      metadata: '',
      lossMethod: 'mse',
      requestId: 'r',
      params: topicParams,
    };
    const body = jsonOf(creator, { $case: 'topicCreation', value: { ...value, ...change } });
    await expectRefused(network, () => network.post('/v1/topics', body), malformed);
  });

  it('commands are JSON: a form that a web page can send without asking moves no money', async () => {
    const fields = { address: author.address, amountUallo: '5', requestId: 'form' };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(fields).toString();
    await expectRefused(network, () => network.send('/v1/faucet', body, headers), malformed);
  });
});

it('has on its log what was answered with a receipt, and nothing else', async () => {
  const seen = await settledFootprint(network);
  const records = Number.parseInt(seen['allora.inference-submissions.v1']!, 10);
  expect(Number.parseInt(seen['inference_ingest.submissions']!, 10)).toBe(records);
});
