import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { RunnerStatus } from '../run/runner';
import { statusPage } from './status-page';

export interface StatusServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface StatusPlace {
  readonly host: string;
  readonly port: number;
}

const send = (response: ServerResponse, status: number, type: string, body: string): void =>
  void response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);

/** `/` for people, `/status` and `/health` for programs, `/metrics` for Prometheus. It only tells; nothing is taken. */
export async function serveStatus(
  { host, port }: StatusPlace,
  status: () => RunnerStatus,
  registry: Registry,
): Promise<StatusServer> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/') return send(response, 200, 'text/html; charset=utf-8', statusPage(status()));
    if (path === '/status') return send(response, 200, 'application/json', JSON.stringify(status()));
    if (path === '/metrics') return send(response, 200, registry.contentType, await registry.metrics());
    if (path === '/health') {
      const { healthy, participants } = status();
      const troubles = participants.flatMap(({ trouble }) => trouble ?? []);
      return send(response, healthy ? 200 : 503, 'application/json', JSON.stringify({ healthy, troubles }));
    }
    send(response, 404, 'application/json', '{"detail":"there is /, /status, /metrics and /health"}');
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://runner').pathname;
    answer(path, response).catch(() => send(response, 500, 'text/plain', 'the status cannot be told'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
