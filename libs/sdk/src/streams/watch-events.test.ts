import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Answer, AnsweringServer, hangUp, json } from '../../test/answering-server';
import { createClient } from '../client';
import type { StreamEvent } from './stream-types';

let server: AnsweringServer;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});
afterEach(() => server.close());

const open = () => createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });

const phase = (n: number) =>
  `event: phase\nid: c${n}\ndata: ${JSON.stringify({ topicId: 1, nonce: n, phase: 'losses', height: null, toldAtMs: n })}\n\n`;
const greeting = (n: number) => `retry: 5\nid: c${n}\n\n`;

/** Writes the pieces, then ends, breaks off or stays. */
const stream =
  (pieces: readonly string[], then: 'end' | 'break' | 'stay'): Answer =>
  (_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const piece of pieces) response.write(piece);
    if (then === 'end') response.end();
    if (then === 'break') setTimeout(() => response.destroy(), 30);
  };

async function take(events: AsyncIterable<StreamEvent>, count: number): Promise<StreamEvent[]> {
  const taken: StreamEvent[] = [];
  for await (const event of events) if (taken.push(event) === count) break;
  return taken;
}
const paths = () => server.seen.map(({ path }) => path);

it('goes on from the last cursor through ended, cut, broken and refused connections', async () => {
  const cut = phase(3);
  server.answers = [
    stream([greeting(0), phase(1), phase(2), cut.slice(0, cut.length / 2)], 'break'),
    json(503, { code: 'UNAVAILABLE', detail: 'stopping' }, { 'retry-after': '0.05' }),
    hangUp,
    stream([greeting(2), phase(3)], 'end'),
    stream([`${greeting(3)}:\nid: c3b\n\n`], 'end'),
    stream([greeting(3), phase(4)], 'stay'),
  ];
  const cursors: string[] = [];
  const options = { topics: [1, 2], kinds: ['phase', 'window'], since: 7 } as const;
  const events = await take(open().watch({ ...options, onCursor: (cursor) => cursors.push(cursor) }), 4);
  expect(events.map(({ cursor }) => cursor)).toEqual(['c1', 'c2', 'c3', 'c4']);
  expect(events[0]).toMatchObject({ kind: 'phase', told: { topicId: 1, nonce: 1, phase: 'losses' } });
  const query = '/v1/stream?topics=1%2C2&kinds=phase%2Cwindow';
  expect(paths()).toEqual([
    `${query}&since=7`,
    `${query}&cursor=c2`,
    `${query}&cursor=c2`,
    `${query}&cursor=c2`,
    `${query}&cursor=c3`,
    `${query}&cursor=c3b`,
  ]);
  expect(cursors).toEqual(['c0', 'c1', 'c2', 'c2', 'c3', 'c3', 'c3b', 'c3', 'c4']);
});

it('begins now unless told, with the key it was given, and passes over kinds it does not know', async () => {
  server.answers = [stream([greeting(0), 'event: later\nid: c1\ndata: {}\n\n', phase(2)], 'stay')];
  expect(await take(open().watch({ apiKey: 'secret' }), 1)).toMatchObject([{ cursor: 'c2' }]);
  expect(server.seen[0]).toMatchObject({ path: '/v1/stream', headers: { 'x-api-key': 'secret' } });
});

it('takes silence for a dead connection', async () => {
  server.answers = [stream([greeting(0), phase(1)], 'stay'), stream([greeting(1), phase(2)], 'stay')];
  expect(await take(open().watch({ silenceMs: 100 }), 2)).toHaveLength(2);
  expect(paths()[1]).toBe('/v1/stream?cursor=c1');
});

it('throws what waiting does not mend', async () => {
  server.answers = [json(410, { code: 'CURSOR_EXPIRED', detail: 'made anew' })];
  await expect(take(open().watch({ cursor: 'old' }), 1)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  for (const events of [
    phase(1) + phase(1),
    'event: phase\ndata: {}\n\n',
    'event: phase\nid: c1\ndata: {}\n\n',
  ]) {
    server.answers = [stream([greeting(0), events], 'stay')];
    await expect(take(open().watch(), 2)).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
  }
});

it('ends with its signal', async () => {
  server.answers = [stream([greeting(0), phase(1)], 'stay')];
  const ending = new AbortController();
  const seen: string[] = [];
  for await (const { cursor } of open().watch({ signal: ending.signal })) {
    seen.push(cursor);
    ending.abort();
  }
  expect(seen).toEqual(['c1']);
});
