import { createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of outgoing connections: a port stays ours while nobody listens on it,
 * between a kill and the next start.
 */
const LOWEST = 12_000;
const HIGHEST = 32_000;

const taken = new Set<number>();

/** Loopback ports that nobody listens on, and that this process has not given out before. */
export async function stablePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    // The broker's controller takes the port behind its own.
    if (taken.has(port) || taken.has(port - 1) || !(await isFree(port))) continue;
    taken.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
