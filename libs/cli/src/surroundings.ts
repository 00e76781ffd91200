import { homedir } from 'node:os';

/** What the program is given from outside. */
export interface Surroundings {
  out(text: string): void;
  /** Progress, notes and errors. */
  err(text: string): void;
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths of the command line are from here. */
  readonly cwd: string;
  readonly home: string;
  /** Which of its ends are terminals. */
  readonly terminal: { readonly in: boolean; readonly out: boolean; readonly err: boolean };
  readonly ask: Prompts;
  /** All of the standard input. */
  readInput(): Promise<string>;
  /** Aborts at the first Ctrl-C or SIGTERM from now on; a second one ends the process. */
  untilStopped(): AbortSignal;
}

export interface Prompts {
  secret(message: string): Promise<string>;
  confirm(message: string): Promise<boolean>;
}

/** Prompts are written to stderr: stdout is for answers alone. */
const prompts: Prompts = {
  secret: async (message) => {
    const { password } = await import('@inquirer/prompts');
    return password({ message }, { output: process.stderr });
  },
  confirm: async (message) => {
    const { confirm } = await import('@inquirer/prompts');
    return confirm({ message, default: false }, { output: process.stderr });
  },
};

/** A terminal tells everyone of the command, and some hand it on: only what comes later is a second wish, and ends at once. */
const SAME_SIGNAL_MS = 1_000;

function untilStopped(): AbortSignal {
  const stopping = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const forget = (): void => signals.forEach((signal) => process.removeListener(signal, stop));
  const stop = (): void => {
    stopping.abort();
    setTimeout(forget, SAME_SIGNAL_MS).unref();
  };
  for (const signal of signals) process.on(signal, stop);
  return stopping.signal;
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Npm runs scripts in the folder of package.json, and tells where it was called. */
export const processSurroundings = (): Surroundings => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
  home: homedir(),
  terminal: {
    in: process.stdin.isTTY === true,
    out: process.stdout.isTTY === true,
    err: process.stderr.isTTY === true,
  },
  ask: prompts,
  readInput,
  untilStopped,
});
