import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServiceName } from '@allora/contracts/catalog';
import { parse } from 'yaml';
import { chart } from './rendered';

interface Declared {
  /** gRPC: who owns the address that a setting names. */
  readonly calls: Readonly<Record<string, ServiceName>>;
  readonly uses: readonly string[];
  readonly consumes: readonly string[];
}

interface Routes {
  /** As `POST /v1/topics/{id}`. */
  readonly http: Readonly<Partial<Record<ServiceName, readonly string[]>>>;
  readonly grpc: Readonly<Partial<Record<ServiceName, readonly string[]>>>;
}

const read = (name: string): unknown => parse(readFileSync(path.join(chart, 'files', name), 'utf8'));

/** The one list of who speaks to whom. */
export const declared = read('network.yaml') as Readonly<Record<ServiceName, Declared>>;
/** The one list of what is public. */
export const routes = read('routes.yaml') as Routes;
