import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { AnswerError, shown } from '../answers/decimal';
import { isRecord, tryLossless } from '../answers/lossless-json';
import type { Log } from '../log';

export interface ProgramOptions {
  /** The program and its arguments; no shell is between. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Wait before the first restart; doubles with each that follows without an answer between, up to 30 s. */
  readonly restartDelayMs?: number;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Pending {
  readonly id: number;
  readonly child: Child;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

const RESTART_MAX_MS = 30_000;
const KILL_AFTER_MS = 2_000;
const LINE_CHARS_MAX = 1_048_576;

/**
 * A program that answers a JSON line on stdout for each on stdin. It is kept alive between questions, started again when it ends, and
 * ended when it is not done in time; its stderr goes to the log. One question at a time.
 */
export class Program {
  private child: Child | undefined;
  private pending: Pending | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private lastId = 0;
  private failures = 0;
  private startedAtMs = -Infinity;
  private closed = false;

  constructor(private readonly options: ProgramOptions) {
    this.start();
  }

  /** The line that answers the question, which is sent with an `id` of its own. An answer without an id is taken as meant. */
  ask(question: object, signal: AbortSignal): Promise<string> {
    const answer = this.turn.then(() => this.exchange(question, signal));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.closed = true;
    const { child } = this;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end();
    this.end(child);
    await gone;
  }

  private async exchange(question: object, signal: AbortSignal): Promise<string> {
    const child = await this.running(signal);
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        settle(() => reject(new AnswerError(`${this.name} did not answer in time; it is started again`)));
        this.end(child);
      };
      const settle = (then: () => void): void => {
        this.pending = undefined;
        signal.removeEventListener('abort', onAbort);
        then();
      };
      this.pending = {
        id,
        child,
        resolve: (line) => settle(() => resolve(line)),
        reject: (error) => settle(() => reject(error)),
      };
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) return onAbort();
      child.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    });
  }

  private async running(signal: AbortSignal): Promise<Child> {
    while (!this.child) {
      if (this.closed) throw new AnswerError(`${this.name} is closed`);
      if (signal.aborted) throw new AnswerError(`${this.name} was not running again in time`);
      const waitMs = this.startedAtMs + this.restartDelayMs - Date.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, 50)));
      else this.start();
    }
    return this.child;
  }

  private start(): void {
    const [file = '', ...args] = this.options.command;
    const { cwd, env, log } = this.options;
    this.startedAtMs = Date.now();
    const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    let reason = '';
    child.on('error', (error) => (reason = error.message));
    child.stdin.on('error', () => undefined); // its end says why
    createInterface({ input: child.stdout }).on('line', (line) => this.heard(child, line));
    createInterface({ input: child.stderr }).on('line', (line) => log.info({ program: this.name }, line));
    child.on('close', (code, signal) => {
      if (this.child === child) this.child = undefined;
      this.failures += 1;
      const why = reason || (signal ? `it was ended by ${signal}` : `it ended with code ${code}`);
      if (!this.closed) log.warn({ program: this.name, restartDelayMs: this.restartDelayMs }, why);
      if (this.pending?.child === child)
        this.pending.reject(new AnswerError(`${this.name} gave no answer: ${why}`));
    });
  }

  private heard(child: Child, line: string): void {
    const { pending } = this;
    if (child !== this.child || !pending || line.trim() === '') return;
    if (line.length > LINE_CHARS_MAX) {
      pending.reject(new AnswerError(`${this.name} answered a line of ${line.length} characters`));
      return;
    }
    const json = tryLossless(line);
    if (isRecord(json) && json['id'] !== undefined && json['id'] !== `${pending.id}`) return;
    if (isRecord(json) && json['error'] !== undefined) {
      pending.reject(new AnswerError(`${this.name} says: ${shown(String(json['error']))}`));
      return;
    }
    this.failures = 0;
    pending.resolve(line);
  }

  private end(child: Child): void {
    if (this.child === child) this.child = undefined;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.once('close', () => clearTimeout(timer));
  }

  private get restartDelayMs(): number {
    if (this.failures === 0) return 0;
    const first = this.options.restartDelayMs ?? 250;
    return Math.min(RESTART_MAX_MS, first * 2 ** (this.failures - 1));
  }

  private get name(): string {
    return this.options.command.join(' ');
  }
}
