import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, hangUp, json } from '../test/answering-server';
import { createClient } from './client';
import { followWindows } from './follow-windows';

let server: AnsweringServer;
beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});
afterEach(() => server.close());

const state = (height: number, nonces: readonly number[]) => ({
  topicId: 1,
  height,
  windows: nonces.map((nonce) => ({ nonce, role: 'worker', openedHeight: nonce, closesHeight: nonce + 4 })),
});

describe('following windows', () => {
  it('goes on by asking where no stream comes through, and tells each state once', async () => {
    const states = [state(1, []), state(2, [2]), state(3, [2]), state(6, [])];
    let asked = 0;
    server.answers = [
      ({ headers, path: _path, ...seen }, response) => {
        if (String(headers.accept).includes('event-stream'))
          return hangUp({ headers, path: _path, ...seen }, response);
        json(200, states[Math.min(asked++, 3)])({ headers, path: _path, ...seen }, response);
      },
    ];
    const ending = new AbortController();
    const told: number[] = [];
    const client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
    await followWindows(
      client,
      1,
      ({ height }) => {
        told.push(height);
        if (height === 6) ending.abort();
      },
      { signal: ending.signal, pollMs: 20 },
    );
    expect(told).toEqual([1, 2, 6]);
  });

  it('goes on through refusals and tells them', async () => {
    server.answers = [json(404, { code: 'UNKNOWN_TOPIC', detail: 'no such topic' })];
    const ending = new AbortController();
    const troubles: unknown[] = [];
    await followWindows(createClient({ baseUrl: server.url, chainId: 'test-1' }), 1, () => undefined, {
      signal: ending.signal,
      pollMs: 10,
      onTrouble: (error) => {
        troubles.push(error);
        if (troubles.length === 4) ending.abort();
      },
    });
    expect(troubles[0]).toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });
});
