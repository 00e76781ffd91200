import { createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of outgoing connections: a port stays ours while nobody listens on it,
 * between a kill and the next start.
 */
const LOWEST = 12_000;
const HIGHEST = 32_000;
const SLICE = 250;

let slice: Promise<number> | undefined;
let given = 0;

/** Loopback ports that nobody listens on, and that neither this process nor another one has been given. */
export async function stablePorts(count: number): Promise<number[]> {
  const first = await (slice ??= claimSlice());
  const ports: number[] = [];
  while (ports.length < count) {
    given += 2; // a Kafka broker's controller takes the port behind its own
    if (given >= SLICE) throw new Error('this process has had all ports of its slice');
    const port = first + given;
    if (await listens(port)) ports.push(port);
  }
  return ports;
}

/** A slice of the range is this process's while it listens on the slice's first port. */
async function claimSlice(): Promise<number> {
  const slices = (HIGHEST - LOWEST) / SLICE;
  const start = Math.floor(Math.random() * slices);
  for (let i = 0; i < slices; i += 1) {
    const first = LOWEST + ((start + i) % slices) * SLICE;
    if (await listens(first, { hold: true })) return first;
  }
  throw new Error(`no free ports from ${LOWEST} to ${HIGHEST}`);
}

function listens(port: number, { hold = false } = {}): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => {
      if (hold) resolve(true);
      else server.close(() => resolve(true));
    });
  });
}
