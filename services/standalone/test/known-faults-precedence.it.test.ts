import { type Account, createAccount } from '@allora/identity/account';
import { SUBMISSION_REFUSALS, type SubmissionRefusal } from '@allora/protocol/ingest/verdict';
import { errorRules } from '@allora/contracts/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectRefused,
  type FaultNetwork,
  jsonOf,
  payloadOf,
  proofOf,
  startNetwork,
  topicParams,
} from './known-faults-network';

type Body = Parameters<typeof jsonOf>[1];
type Flaws = ReadonlySet<SubmissionRefusal>;
interface Entry {
  readonly id: string;
  readonly value: string;
}

interface Kind {
  readonly path: string;
  readonly role: 'worker' | 'reputer';
  readonly flaws: readonly SubmissionRefusal[];
  readonly body: (about: { author: string; topicId: number; nonce: number; entries: Entry[] }) => Body;
}

/** Told of topics with a reveal window alone: libs/protocol/src/ingest has their table. */
const everywhere = SUBMISSION_REFUSALS.filter((code) => code !== 'NO_COMMITMENT');
const lists = {
  oneOutInferers: [],
  oneOutForecasters: [],
  oneInForecasters: [],
  oneOutInfererForecasters: [],
};

const kinds: Record<string, Kind> = {
  inference: {
    path: 'inferences',
    role: 'worker',
    flaws: everywhere.filter((code) => code !== 'DUPLICATE_ELEMENT' && code !== 'TOO_MANY_ELEMENTS'),
    body: ({ author, topicId, nonce, entries }) => ({
      $case: 'inference',
      value: { topicId, nonce, inferer: author, value: entries[0]!.value },
    }),
  },
  forecast: {
    path: 'forecasts',
    role: 'worker',
    flaws: everywhere,
    body: ({ author, topicId, nonce, entries }) => ({
      $case: 'forecast',
      value: {
        topicId,
        nonce,
        forecaster: author,
        elements: entries.map(({ id, value }) => ({ inferer: id, value })),
      },
    }),
  },
  loss: {
    path: 'losses',
    role: 'reputer',
    flaws: everywhere,
    body: ({ author, topicId, nonce, entries }) => ({
      $case: 'loss',
      value: {
        ...{ topicId, nonce, reputer: author, combined: '1', naive: '1', forecasters: [], ...lists },
        inferers: entries.map(({ id, value }) => ({ worker: id, value })),
      },
    }),
  },
};

const maxElements = 4;
const named = Array.from({ length: 2 * maxElements }, () => createAccount().address);
const stranger = createAccount();
const length = topicParams.epochLengthBlocks;

let network: FaultNetwork;
let topicId: number;
let firstNonce: number;
/** Without a submission, and with one in each window that is, or was, open. */
const fresh: Partial<Record<string, Account>> = {};
const heard: Partial<Record<string, Account>> = {};

const requestOf = (kind: Kind, by: Account, nonce: number, change: object = {}) => {
  const about = { author: by.address, topicId, nonce, entries: [{ id: named[0]!, value: '7' }], ...change };
  return { path: `/v1/topics/${topicId}/${kind.path}`, json: jsonOf(by, kind.body(about)) };
};
/** The open window's nonce of each kind, and the nonce whose window was open before it. */
const openNonce = ({ role }: Kind) => (role === 'worker' ? firstNonce + 2 * length : firstNonce + length);
const pastNonce = (kind: Kind) => openNonce(kind) - length;

beforeAll(async () => {
  network = await startNetwork({ maxPayloadBytes: 262_144, maxElements });
  ({ topicId, firstNonce } = await network.createTopic());
  for (const [name, { role }] of Object.entries(kinds)) {
    [fresh[name], heard[name]] = await network.members(role, [topicId], 2);
  }
  for (const epoch of [0, 1, 2]) {
    const height = firstNonce + epoch * length;
    await network.advance(height);
    for (const [name, kind] of Object.entries(kinds)) {
      const nonce = kind.role === 'worker' ? height : height - length;
      if (nonce < pastNonce(kind)) continue;
      const { path, json } = requestOf(kind, heard[name]!, nonce);
      expect(await network.post(path, json)).toMatchObject({ status: 202 });
    }
  }
});
afterAll(async () => network?.close());

/** A request in which exactly these things are wrong. */
function spoilt(name: string, flaws: Flaws): { path: string; json: object } {
  const kind = kinds[name]!;
  const author = flaws.has('NOT_REGISTERED')
    ? stranger
    : flaws.has('CONFLICTING_REPEAT')
      ? heard[name]!
      : fresh[name]!;
  const nonce = flaws.has('WINDOW_CLOSED') ? pastNonce(kind) : openNonce(kind);
  const topic = flaws.has('UNKNOWN_TOPIC') ? 999_999 : topicId;
  const ids = flaws.has('TOO_MANY_ELEMENTS') ? named.slice(0, maxElements + 1) : named.slice(0, 2);
  if (flaws.has('DUPLICATE_ELEMENT')) ids[1] = ids[0]!;
  const wrong = flaws.has('VALUE_NOT_ALLOWED') ? 'NaN' : '1';
  // Only so long a text fills a payload of two elements; it is no number either, which is found out later.
  const first = flaws.has('TOO_LARGE') ? '1'.repeat(300_000) : wrong;
  const entries = ids.map((id, i) => ({ id, value: i === 0 ? first : wrong }));
  const body = kind.body({ author: author.address, topicId: topic, nonce, entries });
  const proof = flaws.has('BAD_SIGNATURE') ? proofOf(createAccount(), payloadOf(body)) : {};
  const more = flaws.has('MALFORMED') ? { note: 'x' } : {};
  return { path: `/v1/topics/${topic}/${kind.path}`, json: { ...jsonOf(author, body), ...proof, ...more } };
}

async function expectFirst(name: string, flaws: Flaws, code: SubmissionRefusal): Promise<void> {
  const { path, json } = spoilt(name, flaws);
  const wanted = { status: errorRules[code].status, code };
  await expectRefused(network, () => network.post(path, json), wanted);
}

describe.each(Object.keys(kinds))('of several things that are wrong with one %s', (name) => {
  const { flaws } = kinds[name]!;
  const pairs = flaws.flatMap((first, i) => flaws.slice(i).map((second) => [first, second] as const));

  it.each(pairs)('%s is told before %s', async (first, second) => {
    await expectFirst(name, new Set([first, second]), first);
  });

  it('the first of all that follow it is told', async () => {
    for (const [i, code] of flaws.entries()) await expectFirst(name, new Set(flaws.slice(i)), code);
  });

  it('none is told of a request that has none', async () => {
    const { path, json } = spoilt(name, new Set());
    expect(await network.post(path, json)).toMatchObject({ status: 202 });
  });
});
