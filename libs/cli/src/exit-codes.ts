import { HistoryError } from '@allora/backtest/history/recorded';
import { ConfigError } from '@allora/runner/config/config-error';
import { KeystoreError } from '@allora/runner/keys/keystore';
import { AlloraError } from '@allora/sdk/errors';
import { CommanderError } from 'commander';

/** What an exit of this program says. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  notReady: 5,
  key: 6,
  notPassed: 7,
  interrupted: 130,
} as const;

export const exitCodeHelp = `
Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 refused by the network; 4 network not reachable or too slow;
5 not ready (doctor); 6 key missing or not opened; 7 not passed (grade); 130 interrupted.`;

interface CliErrorFields {
  readonly exitCode: number;
  readonly code: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Something that this program itself finds wrong. */
export class CliError extends Error {
  readonly exitCode: number;
  readonly code: string;
  readonly remedy: string;

  constructor(message: string, { exitCode, code, remedy }: CliErrorFields) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.code = code;
    this.remedy = remedy;
  }
}

export const usageError = (message: string, remedy: string): CliError =>
  new CliError(message, { exitCode: exitCodes.usage, code: 'USAGE', remedy });

export const keyError = (message: string, remedy: string): CliError =>
  new CliError(message, { exitCode: exitCodes.key, code: 'KEY', remedy });

const ABSENT: ReadonlySet<string> = new Set(['UNREACHABLE', 'TIMED_OUT', 'UNAVAILABLE']);

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What went wrong, for people and programs. A fault of this program itself is told by its message. */
export function failureOf(error: unknown): Failure {
  const facts = {};
  if (error instanceof AlloraError) {
    const { code, detail, remedy } = error;
    const absent = ABSENT.has(code) || error.status >= 500;
    return {
      exitCode: absent ? exitCodes.unreachable : exitCodes.refused,
      code,
      detail,
      remedy,
      facts: error.facts,
    };
  }
  if (error instanceof CliError) {
    const { exitCode, code, remedy } = error;
    return { exitCode, code, detail: error.message, remedy, facts };
  }
  if (error instanceof HistoryError) {
    const { message: detail, remedy } = error;
    return { exitCode: exitCodes.failed, code: 'HISTORY', detail, remedy, facts };
  }
  if (error instanceof KeystoreError)
    return { exitCode: exitCodes.key, code: 'KEY', detail: error.message, remedy: null, facts };
  if (error instanceof ConfigError) {
    const { message: detail, faults } = error;
    return { exitCode: exitCodes.usage, code: 'CONFIGURATION', detail, remedy: null, facts: { faults } };
  }
  if (error instanceof CommanderError) {
    const exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return { exitCode, code: 'USAGE', detail: error.message, remedy: null, facts };
  }
  const detail = error instanceof Error ? error.message : String(error);
  // Ctrl-C at a prompt.
  if (error instanceof Error && error.name === 'ExitPromptError')
    return { exitCode: exitCodes.interrupted, code: 'INTERRUPTED', detail, remedy: null, facts };
  return { exitCode: exitCodes.failed, code: 'FAILED', detail, remedy: null, facts };
}
