import { startLog } from './log-harness';
import { answerParent } from './replica';

/** An ingest in a process of its own, to be killed: see replica.ts. */
async function main(): Promise<void> {
  const settings = JSON.parse(process.env['REPLICA'] ?? '{}') as object;
  answerParent(await startLog('kafka', settings));
}

void main();
