import type { LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { outsideWork, workFacts } from './work';

type Facts = Readonly<Record<string, unknown>>;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LogOptions {
  readonly name: string;
  readonly level: LogLevel;
  readonly format: 'auto' | 'json' | 'pretty';
  /** Where lines go; standard output unless told. */
  readonly destination?: { write(line: string): void };
}

const secretKeys = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'privateKey',
  'apiKey',
  'adminToken',
  'networkKey',
  'evmSigningKey',
  'kafkaSaslPassword',
  'x-api-key',
];
const urlKeys = ['databaseUrl', 'redisUrl', 'url'];

/** At the top and one and two levels down: pino's paths name a depth. */
const atEveryDepth = (keys: readonly string[]): string[] =>
  ['', '*', '*.*'].flatMap((prefix) => keys.map((key) => `${prefix}["${key}"]`));

/** `scheme://user:password@host` without the password. */
export const withoutPassword = (text: string): string =>
  text.replace(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:***@');

/**
 * Structured log: facts first, then one short text, and what the work is for: request, epoch, trace. Secrets are blotted out by
 * the name of their key.
 */
export class Log {
  constructor(
    private readonly logger: Logger,
    private readonly isDetached = false,
  ) {}

  static create({ name, level, format, destination = process.stdout }: LogOptions): Log {
    const toTerminal = destination === process.stdout && process.stdout.isTTY === true;
    const readable = format === 'pretty' || (format === 'auto' && toTerminal);
    const options = {
      name,
      level,
      mixin: workFacts,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { error: serializeError, err: serializeError },
      redact: {
        paths: [...atEveryDepth(secretKeys), ...atEveryDepth(urlKeys)],
        censor: (value: unknown, path: string[]) =>
          urlKeys.includes(path.at(-1) ?? '') ? withoutPassword(String(value)) : '[hidden]',
      },
    };
    if (!readable) return new Log(pino(options, destination));
    const readably = prettyFactory({
      ignore: 'pid,hostname',
      colorize: toTerminal,
      translateTime: 'HH:MM:ss.l',
    });
    return new Log(pino(options, { write: (line: string) => destination.write(readably(line)) }));
  }

  child(facts: Facts): Log {
    return new Log(this.logger.child(facts), this.isDetached);
  }

  /** For what outlives the work that happened to open it, as connections do: its lines are of no work. */
  get detached(): Log {
    return new Log(this.logger, true);
  }

  /** Where even the making of the facts would cost. */
  get tellsDebug(): boolean {
    return this.logger.isLevelEnabled('debug');
  }

  trace(facts: Facts, text: string): void {
    this.write('trace', facts, text);
  }
  debug(facts: Facts, text: string): void {
    this.write('debug', facts, text);
  }
  info(facts: Facts, text: string): void {
    this.write('info', facts, text);
  }
  warn(facts: Facts, text: string): void {
    this.write('warn', facts, text);
  }
  error(facts: Facts, text: string): void {
    this.write('error', facts, text);
  }
  fatal(facts: Facts, text: string): void {
    this.write('fatal', facts, text);
  }

  private write(level: Exclude<LogLevel, 'silent'>, facts: Facts, text: string): void {
    if (this.isDetached) outsideWork(() => this.logger[level](facts, text));
    else this.logger[level](facts, text);
  }
}

/** A chain of causes, without the enumerable extras that clients hang on errors (whole configurations, at times). */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: withoutPassword(error.message),
    ...(code === undefined ? {} : { code }),
    stack: withoutPassword(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}

/** What Nest itself says, in the same log; its chatter about routes and modules is debug. */
export function nestLogger(log: Log): LoggerService {
  const facts = (rest: unknown[]): Facts => ({
    context: rest.filter((part) => typeof part === 'string').at(-1),
  });
  const text = (message: unknown): string => (message instanceof Error ? message.message : String(message));
  return {
    log: (message: unknown, ...rest: unknown[]) => log.debug(facts(rest), text(message)),
    debug: (message: unknown, ...rest: unknown[]) => log.debug(facts(rest), text(message)),
    verbose: (message: unknown, ...rest: unknown[]) => log.trace(facts(rest), text(message)),
    warn: (message: unknown, ...rest: unknown[]) => log.warn(facts(rest), text(message)),
    error: (message: unknown, ...rest: unknown[]) =>
      log.error(message instanceof Error ? { ...facts(rest), error: message } : facts(rest), text(message)),
    fatal: (message: unknown, ...rest: unknown[]) => log.fatal(facts(rest), text(message)),
  };
}

/** The few lines grpc-js prints on its own. */
export const grpcLogger = (log: Log) => ({
  error: (...parts: unknown[]) => log.warn({ context: 'grpc' }, parts.map(String).join(' ')),
});
