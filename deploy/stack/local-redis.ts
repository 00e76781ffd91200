import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { LocalProgram } from './local-program';
import { probes } from './probe';
import { startDaemon, stopDaemon } from './processes';
import { requireProgram } from './programs';

/** Everything in Redis can be made again from Kafka and PostgreSQL, so nothing of it goes to disk. */
const settings = [
  '--save',
  '',
  '--appendonly',
  'no',
  '--maxmemory',
  '256mb',
  '--maxmemory-policy',
  'allkeys-lru',
];

export const redis: LocalProgram = {
  async start({ dir, port, log }) {
    const program = await requireProgram('redis-server', 'redis-server', 'REDIS_URL', log);
    mkdirSync(dir, { recursive: true });
    const address = `redis://127.0.0.1:${port}`;
    const logFile = path.join(dir, 'redis.log');
    const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir];
    // Redis would overwrite its command line, by which we know it again.
    const args = [...place, ...settings, '--set-proc-title', 'no'];
    const answers = () => probes.redis(address);
    const { pid, version } = await startDaemon({
      part: 'redis',
      program,
      args,
      dir,
      logFile,
      mark: dir,
      answers,
    });
    return { address, port, pid, version, dataDir: dir, logFile };
  },

  stop: (dir) => stopDaemon(dir, dir),

  purge: (dir) => rmSync(dir, { recursive: true, force: true }),
};
