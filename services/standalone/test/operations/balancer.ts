import { connect, createServer, type Socket } from 'node:net';

export interface Backend {
  readonly port: number;
  /** As its readiness probe last said. */
  isReady(): boolean;
}

export interface Balancer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * What a Kubernetes service does: each new connection goes to one of the replicas that are ready, in turn. It neither tries again
 * nor looks into what passes; a connection stays with its replica.
 */
export async function openBalancer(backends: readonly Backend[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const ready = backends.filter((backend) => backend.isReady());
    const chosen = ready[turn++ % ready.length];
    if (!chosen) return void client.destroy();
    const upstream = connect({ host: '127.0.0.1', port: chosen.port });
    join(client, upstream, sockets);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.address() as { port: number }).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Bytes pass as they are; an end or a failure of one side is the other's. */
function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(from);
    from.setNoDelay(true);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => {
      sockets.delete(from);
      to.destroySoon();
    });
  }
}
