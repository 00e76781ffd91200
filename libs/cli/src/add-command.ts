import type { Command } from 'commander';
import type { Session } from './session';

/** Puts a command, with its own ones, on the program. */
export type AddCommand = (program: Command, session: Session) => void;

/** Examples at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;

/** A command that only holds others. */
export const group = (program: Command, name: string, description: string): Command =>
  program.command(name).description(description);
