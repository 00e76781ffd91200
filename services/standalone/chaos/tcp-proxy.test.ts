import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTcpProxy, type TcpProxy } from './tcp-proxy';

let echo: Server;
let received = '';
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  received = '';
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', () => resolve()));
  proxy = await openTcpProxy({ port: (echo.address() as { port: number }).port });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

function open() {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  sockets.push(socket);
  let got = '';
  let closed = false;
  socket.on('data', (chunk) => (got += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (closed = true));
  return {
    say: (text: string) => socket.write(text),
    hears: (text: string) => expect.poll(() => got, { interval: 2 }).toBe(text),
    isCut: () => expect.poll(() => closed, { interval: 2 }).toBe(true),
    heard: () => got,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a TCP proxy', () => {
  it('carries both ways', async () => {
    const client = open();
    client.say('one');
    await client.hears('one');
  });

  it('cuts what is open and takes new connections', async () => {
    const client = open();
    client.say('one');
    await client.hears('one');
    expect(proxy.cut()).toBe(1);
    await client.isCut();
    const next = open();
    next.say('two');
    await next.hears('two');
  });

  it('holds everything while it stalls, and loses nothing', async () => {
    const client = open();
    proxy.setWeather({ kind: 'stall' });
    client.say('one');
    await pause(40);
    expect(client.heard()).toBe('');
    proxy.setWeather({ kind: 'clear' });
    await client.hears('one');
  });

  it('delays', async () => {
    proxy.setWeather({ kind: 'delay', delayMs: 30 });
    const client = open();
    const began = performance.now();
    client.say('one');
    await client.hears('one');
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
  });

  it('loses answers to requests that arrived, and cuts their connections when it clears', async () => {
    proxy.setWeather({ kind: 'lose_answers' });
    const client = open();
    client.say('pay');
    await expect.poll(() => received, { interval: 2 }).toBe('pay');
    await pause(20);
    expect(client.heard()).toBe('');
    proxy.setWeather({ kind: 'clear' });
    await client.isCut();
  });
});
