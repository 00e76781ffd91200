import type { Server } from './state';

export interface StartOptions {
  /** This part's own folder. */
  dir: string;
  port: number;
  log: (line: string) => void;
}

/** A server run by a program of this machine. */
export interface LocalProgram {
  start(options: StartOptions): Promise<Omit<Server, 'way'>>;
  stop(dir: string, recorded: Server | undefined): Promise<void>;
  purge(dir: string, recorded: Server | undefined): void;
}
