import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

/** What a client of PostgreSQL sends first when it wants TLS: eight bytes, and the code of that wish. */
const SSL_REQUEST = 80_877_103;

export interface TlsLines {
  /** Of the authority, which is the servers' certificate itself. */
  readonly caFile: string;
  readonly postgresPort: number;
  readonly redisPort: number;
  close(): void;
}

/** TLS before a PostgreSQL and a Redis that have none. Who does not ask for it is turned away. */
export async function startTlsLines(
  folder: string,
  { databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string },
): Promise<TlsLines> {
  const file = (name: string) => path.join(folder, name);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', file('server.key'), '-out', file('server.crt')];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'pipe' });
  const identity = { cert: readFileSync(file('server.crt')), key: readFileSync(file('server.key')) };

  const postgres = createServer((socket) => {
    socket.once('data', (first) => {
      if (first.length !== 8 || first.readInt32BE(4) !== SSL_REQUEST) return void socket.destroy();
      socket.write('S');
      join(new TLSSocket(socket, { isServer: true, ...identity }), databaseUrl);
    });
    socket.on('error', () => socket.destroy());
  });
  const redis = createTlsServer(identity, (socket) => join(socket, redisUrl));
  const servers = [postgres, redis];
  const [postgresPort, redisPort] = await Promise.all(servers.map(listen));
  return {
    caFile: file('server.crt'),
    postgresPort: postgresPort!,
    redisPort: redisPort!,
    close: () => servers.forEach((server) => server.close()),
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function join(outer: Socket, url: string): void {
  const { hostname, port } = new URL(url);
  const inner = connect({ host: hostname, port: Number(port) });
  for (const [one, other] of [
    [outer, inner],
    [inner, outer],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
}
