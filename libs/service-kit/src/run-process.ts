import type { Log } from './log';

interface Stoppable {
  /** True when nothing was cut off. */
  close(): Promise<boolean>;
}

/** Runs until told to stop. A second signal, or a failure nobody caught, ends the process at once. */
export async function runProcess(log: Log, start: () => Promise<Stoppable>): Promise<void> {
  const die = (text: string) => (error: unknown) => {
    log.fatal({ error }, text);
    process.exit(1);
  };
  process.on('uncaughtException', die('uncaught exception'));
  process.on('unhandledRejection', die('unhandled rejection'));
  const started = start();
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return die('second signal: leaving at once')(undefined);
    stopping = true;
    log.info({ signal }, 'signal received');
    started.then((app) => app.close()).then((clean) => process.exit(clean ? 0 : 1), die('stop failed'));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  await started.catch(die('start failed'));
}
