import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than the services' own shutdown limit, so that a clean stop is never cut short. */
const STOP_LIMIT_MS = 20_000;
const LOG_TAIL_LINES = 15;

export interface ServiceProcess {
  readonly name: string;
  readonly httpUrl: string;
  readonly child: ChildProcess;
  /** Resolves when /health/ready answers 200; rejects with the end of its log when it exits or takes too long. */
  ready(timeoutMs: number): Promise<void>;
  /** SIGTERM, and SIGKILL for one that does not stop. */
  stop(): Promise<void>;
}

export interface ServiceProcessOptions {
  readonly name: string;
  /** Built entry, e.g. dist/services/synthesis/main.js. */
  readonly entry: string;
  readonly httpPort: number;
  /** Where it finds its migrations; this process's own directory unless told. */
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Starts a built service as its own process; its log goes to a file. */
export function startServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const tail: string[] = [];
  const child = spawn(process.execPath, ['--enable-source-maps', options.entry], {
    env: { ...process.env, ...options.env, HTTP_PORT: String(options.httpPort) },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log.write(text);
      tail.push(...text.split('\n').filter(Boolean));
      tail.splice(0, Math.max(0, tail.length - LOG_TAIL_LINES));
    });
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Its last words may come after its exit.
  child.once('close', () => log.end());
  const httpUrl = `http://127.0.0.1:${options.httpPort}`;
  const reason = () => `${failureIn(tail) ?? tail.join('\n')}\nIts log: ${options.logFile}`;
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;

  return {
    name: options.name,
    httpUrl,
    child,
    ready: async (timeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      while (Date.now() < deadline) {
        if (hasExited()) throw new Error(`${options.name} stopped at its start: ${reason()}`);
        const answer = await fetch(`${httpUrl}/health/ready`, { signal: AbortSignal.timeout(2_000) }).catch(
          () => null,
        );
        await answer?.body?.cancel();
        if (answer?.ok) return;
        await sleep(50);
      }
      throw new Error(`${options.name} was not ready within ${timeoutMs / 1000} s: ${reason()}`);
    },
    stop: async () => {
      if (!hasExited()) child.kill('SIGTERM');
      const clean = await Promise.race([
        exited.then(() => true),
        sleep(STOP_LIMIT_MS, false, { ref: false }),
      ]);
      if (!clean) {
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}

/** What the log's last failure says; undefined when no line tells of one. */
function failureIn(lines: readonly string[]): string | undefined {
  for (const line of [...lines].reverse()) {
    try {
      const { level, msg, error } = JSON.parse(line) as {
        level?: string;
        msg?: string;
        error?: { message?: string };
      };
      if (level === 'fatal' || level === 'error') return [msg, error?.message].filter(Boolean).join(': ');
    } catch {
      // A line that is not of the log: wrong settings, for one, are told in plain text.
    }
  }
  return undefined;
}
