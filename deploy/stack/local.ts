import { kafka } from './local-kafka';
import { postgres } from './local-postgres';
import { redis } from './local-redis';
import type { Part, Server } from './state';

export interface StartOptions {
  /** This part's own folder. */
  dir: string;
  port: number;
  log: (line: string) => void;
}

export interface LocalProgram {
  start(options: StartOptions): Promise<Omit<Server, 'way'>>;
  stop(dir: string, recorded: Server | undefined): Promise<void>;
  purge(dir: string, recorded: Server | undefined): void;
}

export const localPrograms: Record<Part, LocalProgram> = { postgres, kafka, redis };
