import type { Server } from './state';

export interface StartOptions {
  /** This part's own folder. */
  dir: string;
  port: number;
  /** Kafka alone: the port that clients are told to come back to, when a proxy stands before the broker. */
  advertisedPort?: number;
  log: (line: string) => void;
}

/** A server run by a program of this machine. */
export interface LocalProgram {
  start(options: StartOptions): Promise<Omit<Server, 'way'>>;
  stop(dir: string, recorded: Server | undefined): Promise<void>;
  purge(dir: string, recorded: Server | undefined): void;
}
