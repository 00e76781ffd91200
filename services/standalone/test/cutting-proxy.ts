import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** Connections cut so far. */
  readonly cuts: number;
  close(): Promise<void>;
}

interface CuttingOptions {
  /** Port behind it; undefined while there is nobody. */
  readonly target: () => number | undefined;
  /** Bytes of answers that a connection lets through before it breaks, wherever in an event that is. */
  readonly bytes: () => number;
}

/** A door on loopback that breaks every connection after some bytes. */
export async function openCuttingProxy({ target, bytes }: CuttingOptions): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const port = target();
    if (port === undefined) return void client.destroy();
    const behind = connect({ host: '127.0.0.1', port });
    const end = () => [client, behind].forEach((socket) => socket.destroy());
    for (const socket of [client, behind]) {
      open.add(socket);
      socket.on('error', end).on('close', () => open.delete(socket));
    }
    let left = bytes();
    client.pipe(behind);
    client.on('close', end);
    behind.on('end', () => client.end());
    behind.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      left = 0;
      cuts += 1;
      // What was let through shall arrive: the cut is at its place, not before it.
      behind.destroy();
      client.end(() => client.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    get cuts() {
      return cuts;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
