import { reasonOf } from '../stack/errors';
import { requireHelm } from './helm';
import { requirePrometheus, requirePromtool } from './prometheus';

const programs: Record<string, (log: (line: string) => void) => Promise<string>> = {
  helm: requireHelm,
  prometheus: requirePrometheus,
  promtool: requirePromtool,
};

/** `tsx deploy/tools/main.ts helm`: makes sure that the program is there and prints its path. */
const name = process.argv[2] ?? '';
const require = Object.hasOwn(programs, name) ? programs[name] : undefined;
if (require === undefined) {
  process.stderr.write(`Usage: tools NAME, one of: ${Object.keys(programs).join(', ')}\n`);
  process.exitCode = 2;
} else {
  try {
    process.stdout.write(`${await require((line) => process.stderr.write(`· ${line}\n`))}\n`);
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}
