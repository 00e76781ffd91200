import { runCli } from './cli';
import { processSurroundings } from './surroundings';

process.exitCode = await runCli(process.argv.slice(2), processSurroundings());
