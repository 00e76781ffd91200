import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { startEmbeddedPostgres, stopPostmaster } from '@allora/store/embedded-postgres';
import type { LocalProgram } from './local-program';
import { probes } from './probe';

export const postgres: LocalProgram = {
  async start({ dir, port, log }) {
    // Beside the data folder and not in it: a folder of the postgres user's is no place for this user's log.
    mkdirSync(path.dirname(dir), { recursive: true });
    const logFile = `${dir}.log`;
    const server = await startEmbeddedPostgres({ dataDir: dir, port, log, detachedLogFile: logFile });
    const { version } = await probes.postgres(server.url);
    return {
      address: server.url,
      port: server.port,
      pid: server.pid,
      version,
      dataDir: server.dataDir,
      logFile,
    };
  },

  stop: (dir, recorded) => stopPostmaster(recorded?.dataDir ?? path.join(dir, 'data')),

  purge(dir, recorded) {
    // Perhaps under the temporary folder, where the postgres user could not reach ours.
    if (recorded?.dataDir) rmSync(path.dirname(recorded.dataDir), { recursive: true, force: true });
    rmSync(dir, { recursive: true, force: true });
  },
};
