// Readers of a stream on bare sockets, so that they cost as little as can be. Prints "open" when all are, then a line of JSON for
// each nonce that all of them have: when it was there as a whole, by the clock that all processes of a machine share.
import { connect, type Socket } from 'node:net';
import { z } from 'zod';

const { port, path, count } = z
  .object({ port: z.number(), path: z.string(), count: z.number() })
  .parse(JSON.parse(process.argv[2] ?? '{}'));

/** Opened at once; more would wait in the server's queue of connections. */
const BATCH = 50;
const EVENT = 'event: inference';
const NONCE = '"nonce":';

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const arrivals = new Map<string, number[]>();

function arrived(nonce: string): void {
  const times = arrivals.get(nonce) ?? [];
  arrivals.set(nonce, times);
  if (times.push(nowMs()) === count) console.log(JSON.stringify({ nonce: Number(nonce), times }));
}

function read(socket: Socket, opened: () => void): void {
  let nonce: string | undefined;
  socket.on('data', (chunk) => {
    opened();
    const at = chunk.indexOf(EVENT);
    if (at >= 0) {
      const from = chunk.indexOf(NONCE, at) + NONCE.length;
      nonce = chunk.toString('latin1', from, chunk.indexOf(',', from));
    }
    // An event ends with an empty line; of a chunked answer the chunk's own end comes behind it.
    if (nonce === undefined || !chunk.subarray(-4).includes('\n\n')) return;
    arrived(nonce);
    nonce = undefined;
  });
}

function subscribe(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', reject).on('close', () => reject(new Error('a stream has ended')));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n\r\n`);
    read(socket, resolve);
  });
}

for (let open = 0; open < count; open += BATCH)
  await Promise.all(Array.from({ length: Math.min(BATCH, count - open) }, subscribe));
console.log('open');
process.stdin.on('end', () => process.exit()).resume();
