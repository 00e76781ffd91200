import { createServer, request, type Server } from 'node:http';
import type { ServiceName } from '@allora/contracts/catalog';
import { routes } from '../chart/arrows';

interface Way {
  readonly method: string;
  readonly path: RegExp;
  readonly service: ServiceName;
}

const wayOf = (route: string, service: ServiceName): Way => {
  const [method = '', path = ''] = route.split(' ');
  return { method, path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), service };
};

/** One address before all services, by the chart's list of what is public, and the clock of a demo besides. */
export function startFront(portOf: (service: ServiceName) => number): Promise<Server> {
  const ways = [
    wayOf('POST /v1/clock/advance', 'topic-coordinator'),
    ...(Object.entries(routes.http) as [ServiceName, readonly string[]][]).flatMap(([service, paths]) =>
      paths.map((path) => wayOf(path, service)),
    ),
  ];
  const server = createServer((incoming, response) => {
    const path = incoming.url?.split('?')[0] ?? '';
    const way = ways.find((one) => one.method === incoming.method && one.path.test(path));
    if (way === undefined) return void response.writeHead(404).end(`${incoming.method} ${path} is nobody's`);
    const { method, headers, url } = incoming;
    const outgoing = request(
      { port: portOf(way.service), host: '127.0.0.1', method, headers, path: url },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.once('error', (error) => response.writeHead(502).end(error.message));
    incoming.pipe(outgoing);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
