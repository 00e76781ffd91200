import path from 'node:path';
import { composeStop, composeUp, dockerWorks } from './docker';
import { environmentServer, environmentVariables } from './environment';
import { reasonOf, StackError } from './errors';
import { localPrograms } from './local';
import { withLock } from './lock';
import { probes } from './probe';
import { freePort } from './processes';
import { type Part, parts as allParts, readState, recordServer, type Server } from './state';

const addressKeys = { postgres: 'databaseUrl', kafka: 'kafkaBrokers', redis: 'redisUrl' } as const;
export type StackAddresses = Record<(typeof addressKeys)[Part], string>;
type AddressesOf<P extends Part> = Pick<StackAddresses, (typeof addressKeys)[P]>;

export interface StackOptions<P extends Part = Part> {
  parts?: readonly P[];
  log?: (line: string) => void;
  /** Where data, logs and state.json are; tests have one of their own. */
  dir?: string;
}

const defaultDir = path.resolve(import.meta.dirname, '..', '..', '.stack');
/** Below the ports of outgoing connections: a probe of a port among those may be given that very port, and take it. */
const preferredPorts = { postgres: 25432, kafka: 29092, redis: 26379 };

/** Brings up what is not up and returns the addresses of the parts asked for (of all by default). */
export async function ensureStack<P extends Part = Part>(
  options: StackOptions<P> = {},
): Promise<AddressesOf<P>> {
  const { dir = defaultDir, log = () => undefined } = options;
  const wanted: readonly Part[] = options.parts ?? allParts;
  const healthy = await Promise.all(wanted.map((part) => healthyAddress(part, dir)));
  const addresses = healthy.every((address) => address !== undefined)
    ? healthy
    : await withLock(dir, log, () => allOf(wanted.map((part) => bringUp(part, dir, prefixed(part, log)))));
  const entries = wanted.map((part, index) => [addressKeys[part], addresses[index]]);
  return Object.fromEntries(entries) as AddressesOf<P>;
}

/** From the environment, or recorded and answering. */
async function healthyAddress(part: Part, dir: string): Promise<string | undefined> {
  const given = await environmentServer(part);
  if (given) return given.address;
  const recorded = readState(dir)[part];
  if (!recorded) return undefined;
  return probes[part](recorded.address).then(
    () => recorded.address,
    () => undefined,
  );
}

async function bringUp(part: Part, dir: string, log: (line: string) => void): Promise<string> {
  const healthy = await healthyAddress(part, dir); // again: another run may have started it while we waited
  if (healthy !== undefined) return healthy;
  const recorded = readState(dir)[part];
  const port = await freePort(recorded?.port ?? preferredPorts[part]);
  const startedAt = performance.now();
  log(recorded ? 'does not answer on its recorded address: starting it again' : 'starting');
  const server = (await fromDocker(part, port, log)) ?? {
    way: 'local' as const,
    ...(await fromLocal(part, dir, port, log)),
  };
  recordServer(dir, part, server);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  log(
    `ready on port ${server.port} (${[server.way, server.version].filter(Boolean).join(', ')}) after ${seconds} s`,
  );
  return server.address;
}

async function fromDocker(
  part: Part,
  port: number,
  log: (line: string) => void,
): Promise<Server | undefined> {
  if (!(await dockerWorks())) return undefined;
  try {
    return await composeUp(part, port);
  } catch (error) {
    log(`Docker could not start it, trying local programs: ${reasonOf(error)}`);
    return undefined;
  }
}

function fromLocal(part: Part, dir: string, port: number, log: (line: string) => void) {
  return localPrograms[part].start({ dir: path.join(dir, part), port, log });
}

export interface DownOptions {
  purge?: boolean;
  log?: (line: string) => void;
  dir?: string;
}

/** Stops what `ensureStack` started, cleanly; what the environment names is not ours to stop. */
export async function stopStack({
  purge = false,
  log = () => undefined,
  dir = defaultDir,
}: DownOptions = {}): Promise<void> {
  await withLock(dir, log, () =>
    allOf(allParts.map((part) => takeDown(part, dir, purge, prefixed(part, log)))),
  );
}

async function takeDown(part: Part, dir: string, purge: boolean, log: (line: string) => void): Promise<void> {
  const recorded = readState(dir)[part];
  const partDir = path.join(dir, part);
  if (recorded?.way === 'docker') await composeStop(part, purge);
  await localPrograms[part].stop(partDir, recorded); // also one whose record was lost
  if (purge) localPrograms[part].purge(partDir, recorded);
  // Without its data folder a purged server is forgotten; a stopped one keeps its port and its folder.
  if (purge) recordServer(dir, part, undefined);
  if (recorded) log(purge ? 'stopped, data deleted' : 'stopped');
}

export interface PartStatus {
  part: Part;
  up: boolean;
  way?: 'environment' | 'docker' | 'local';
  address?: string;
  version?: string;
  reason?: string;
}

export function stackStatus(dir = defaultDir): Promise<PartStatus[]> {
  return Promise.all(allParts.map((part) => partStatus(part, dir)));
}

async function partStatus(part: Part, dir: string): Promise<PartStatus> {
  const variable = environmentVariables[part];
  try {
    const given = await environmentServer(part);
    if (given) return { part, up: true, way: 'environment', ...given };
  } catch (error) {
    return { part, up: false, way: 'environment', address: process.env[variable], reason: reasonOf(error) };
  }
  const recorded = readState(dir)[part];
  if (!recorded) return { part, up: false, reason: 'never started' };
  const { way, address, version } = recorded;
  return probes[part](address).then(
    () => ({ part, up: true, way, address, version }),
    (error: unknown) => ({ part, up: false, way, address, reason: reasonOf(error) }),
  );
}

/** Waits for all, so that no part is left half started, and reports every failure at once. */
async function allOf<T>(work: Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const failures = results
    .filter((result) => result.status === 'rejected')
    .map((result): unknown => result.reason);
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new StackError('START_FAILED', failures.map(reasonOf).join('\n'));
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function prefixed(part: Part, log: (line: string) => void): (line: string) => void {
  return (line) => log(`${part.padEnd(8)} ${line}`);
}
