import type { ServiceName } from '@allora/contracts/catalog';
import { routes } from '../chart/arrows';

/** The demo moves the clock, which nobody does in a network of its own time. */
const demoRoutes: readonly (readonly [string, ServiceName])[] = [
  ['POST /v1/clock/advance', 'topic-coordinator'],
];

/** What is asked by GET may be asked by HEAD, and a page of another origin asks beforehand. */
const methods = (method: string): string => (method === 'GET' ? '(GET|HEAD|OPTIONS)' : `(${method}|OPTIONS)`);

function line(route: string, service: string): string {
  const [method = '', path = ''] = route.split(' ');
  const pattern = path.replaceAll('.', '[.]').replaceAll(/\{\w+\}/g, '[^/]+');
  return `  "~^${methods(method)} ${pattern}$" ${service};`;
}

/** nginx's configuration: one address for all services, by the chart's list of what is public. */
export function frontConfiguration(): string {
  const public_ = (Object.entries(routes.http) as [ServiceName, readonly string[]][]).flatMap(
    ([service, paths]) => paths.map((route) => [route, service] as const),
  );
  return `# Made by deploy/compose/main.ts of helm/allora/files/routes.yaml.
map "$request_method $uri" $service {
${[...public_, ...demoRoutes].map(([route, service]) => line(route, service)).join('\n')}
  default "";
}
server {
  listen 8080;
  # Docker's own, asked anew: a container that was started again may have another address.
  resolver 127.0.0.11 valid=5s;
  client_max_body_size 16m;
  location / {
    if ($service = "") { return 404; }
    proxy_pass http://$service:8080;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    # Streams of events.
    proxy_buffering off;
    proxy_read_timeout 1h;
  }
}
`;
}
