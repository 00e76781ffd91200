import { runProcess } from '../src/run-process';
import { Log } from '../src/log';

/** A process that behaves as its first argument says, for run-process.it.test.ts. */
const behaviour = process.argv[2];
const log = Log.create({ name: 'fixture', level: 'info', format: 'json' });
const alive = setInterval(() => undefined, 1_000);

await runProcess(log, async () => {
  if (behaviour === 'fails-to-start') throw new Error('no database');
  if (behaviour === 'rejects') setTimeout(() => void Promise.reject(new Error('nobody caught this')), 50);
  if (behaviour === 'throws') {
    setTimeout(() => {
      throw new Error('nobody caught this');
    }, 50);
  }
  return {
    close: async () => {
      if (behaviour === 'hangs') await new Promise(() => undefined);
      clearInterval(alive);
      return behaviour !== 'unclean';
    },
  };
});
log.info({}, 'ready');
