import path from 'node:path';
import { probes } from './probe';
import { run } from './programs';
import type { Part, Server } from './state';

const file = path.resolve(import.meta.dirname, '..', '..', 'docker-compose.yml');
const portVariables = {
  postgres: 'ALLORA_POSTGRES_PORT',
  kafka: 'ALLORA_KAFKA_PORT',
  redis: 'ALLORA_REDIS_PORT',
};

let works: Promise<boolean> | undefined;

/** An engine that answers and knows compose; asked once, and with little patience, as a broken one may hang. */
export function dockerWorks(): Promise<boolean> {
  works ??= Promise.all([docker(['info']), docker(['compose', 'version'])]).then(
    () => true,
    () => false,
  );
  return works;
}

async function docker(args: string[]): Promise<string> {
  return run('docker', args, { timeoutMs: 3_000 });
}

export async function composeUp(part: Part, port: number): Promise<Server> {
  const env = { [portVariables[part]]: String(port) };
  await run('docker', ['compose', '-f', file, 'up', '-d', '--wait', part], { env });
  const address = addressOf(part, port);
  return { way: 'docker', address, port, ...(await probes[part](address)) };
}

export async function composeStop(part: Part, purge: boolean): Promise<void> {
  const compose = ['compose', '-f', file];
  await run('docker', [...compose, 'stop', part]);
  if (!purge) return;
  await run('docker', [...compose, 'rm', '-f', '-s', '-v', part]);
  await run('docker', ['volume', 'rm', '-f', `allora_${part}`]);
}

function addressOf(part: Part, port: number): string {
  if (part === 'postgres') return `postgresql://allora:allora@127.0.0.1:${port}/allora`;
  return part === 'kafka' ? `127.0.0.1:${port}` : `redis://127.0.0.1:${port}`;
}
