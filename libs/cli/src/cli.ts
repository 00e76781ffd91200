import { CommanderError } from 'commander';
import { exitCodes, failureOf } from './exit-codes';
import { jsonText, styleFor } from './format';
import { buildProgram } from './program';
import { Session } from './session';
import type { Surroundings } from './surroundings';

/** Runs one command. Returns the exit code. */
export async function runCli(args: readonly string[], around: Surroundings): Promise<number> {
  const session = new Session(around);
  const program = buildProgram(session);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    const { exitCode, ...failure } = failureOf(error);
    // Commander has said it already.
    if (error instanceof CommanderError) return exitCode;
    if (session.json) around.err(jsonText({ error: { ...failure, exitCode } }));
    else {
      const style = styleFor(around.terminal.err, around.env);
      const remedy = failure.remedy === null ? '' : `${failure.remedy}\n`;
      around.err(`${style('red', failure.code)}: ${failure.detail}\n${remedy}`);
    }
    return exitCode;
  }
}
