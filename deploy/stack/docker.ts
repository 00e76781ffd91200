import path from 'node:path';
import { probes } from './probe';
import { findProgram, run } from './programs';
import type { Part, Server } from './state';

const file = path.resolve(import.meta.dirname, '..', '..', 'docker-compose.yml');
const portVariables = { postgres: 'POSTGRES_PORT', kafka: 'KAFKA_PORT', redis: 'REDIS_PORT' };

/** An engine that answers and knows compose; asked once per process, and fast, as a broken one may hang. */
let works: Promise<boolean> | undefined;
export function dockerWorks(): Promise<boolean> {
  works ??= findProgram('docker') ? Promise.all([docker(['info']), docker(['compose', 'version'])]).then(...verdict) : no();
  return works;
}
const verdict = [() => true, () => false] as const;
const no = () => Promise.resolve(false);
const docker = (args: string[]) => run('docker', args, { timeoutMs: 3_000 });

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
