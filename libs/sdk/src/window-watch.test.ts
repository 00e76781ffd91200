import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, type Answer, hangUp, json } from '../test/answering-server';
import { createClient } from './client';
import { sseEvents } from './sse';
import type { Windows } from './types';

let server: AnsweringServer;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});
afterEach(() => server.close());

const open = () => createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
const state = (height: number) => ({
  topicId: 1,
  height,
  windows: [
    { nonce: height, role: 'worker', stage: 'commit', openedHeight: height, closesHeight: height + 5 },
  ],
});
const event = (height: number) => `event: windows\nid: ${height}\ndata: ${JSON.stringify(state(height))}\n\n`;

/** Writes the pieces, then ends, breaks off or stays. */
const stream =
  (pieces: readonly string[], then: 'end' | 'break' | 'stay'): Answer =>
  (_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const piece of pieces) response.write(piece);
    if (then === 'end') response.end();
    if (then === 'break') setTimeout(() => response.destroy(), 50);
  };

async function take(windows: AsyncIterable<Windows>, count: number): Promise<number[]> {
  const heights: number[] = [];
  for await (const { height } of windows) {
    heights.push(height);
    if (heights.length === count) break;
  }
  return heights;
}

describe('watching windows', () => {
  it('goes on through ended, broken and refused connections, and tells a state once', async () => {
    server.answers = [
      stream(['retry: 20\n\n', event(1), event(2)], 'end'),
      json(503, { code: 'UNAVAILABLE', detail: 'stopping' }, { 'retry-after': '0.1' }),
      hangUp,
      stream([event(2), event(3)], 'break'),
      stream([event(4)], 'stay'),
    ];
    expect(await take(open().watchWindows(1), 4)).toEqual([1, 2, 3, 4]);
    expect(server.seen).toHaveLength(5);
    expect(server.seen[0]).toMatchObject({ path: '/v1/topics/1/windows' });
    expect(server.seen[0]!.headers.accept).toContain('text/event-stream');
    expect(server.seen[1]!.atMs - server.seen[0]!.atMs).toBeGreaterThanOrEqual(15);
    expect(server.seen[2]!.atMs - server.seen[1]!.atMs).toBeGreaterThanOrEqual(95);
  });

  it('takes a silent connection for dead', async () => {
    server.answers = [stream([event(1)], 'stay'), stream([event(2)], 'stay')];
    expect(await take(open().watchWindows(1, { silenceMs: 100 }), 2)).toEqual([1, 2]);
  });

  it('ends with its signal', async () => {
    server.answers = [stream([event(1)], 'stay')];
    const ending = new AbortController();
    const heights: number[] = [];
    for await (const { height, windows } of open().watchWindows(1, { signal: ending.signal })) {
      heights.push(height);
      expect(windows[0]).toMatchObject({ stage: 'commit', closesHeight: 6 });
      setTimeout(() => ending.abort(), 20);
    }
    expect(heights).toEqual([1]);
    expect(await take(open().watchWindows(1, { signal: ending.signal }), 1)).toEqual([]);
  });

  it('throws what waiting does not mend', async () => {
    server.answers = [json(404, { code: 'UNKNOWN_TOPIC', detail: 'none' })];
    await expect(take(open().watchWindows(1), 1)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    server.answers = [json(200, state(1))];
    await expect(take(open().watchWindows(1), 1)).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
    server.answers = [stream(['event: windows\ndata: {"nonsense":1}\n\n'], 'end')];
    await expect(take(open().watchWindows(1), 1)).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' });
    expect(server.seen).toHaveLength(3);
  });
});

describe('an event stream', () => {
  const text =
    ': hello\r\nretry: 7\r\nevent: a\r\ndata: ünï\r\ndata:two\r\n\r\ndata\n\nevent: none\n\nid: 5\rdata: {"x":1}\r\rdata: cut off';
  const expected = [
    { event: 'a', data: 'ünï\ntwo' },
    { event: 'message', data: '' },
    { event: 'message', data: '{"x":1}', id: '5' },
  ];

  it.each([1, 2, 3, 7, 1_000])('is read the same in pieces of %i bytes', async (size) => {
    const bytes = Buffer.from(text);
    const pieces = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    const retries: number[] = [];
    const events = [];
    for await (const one of sseEvents(pieces(), { onRetry: (ms) => retries.push(ms) })) events.push(one);
    expect(events).toEqual(expected);
    expect(retries).toEqual([7]);
  });
});
