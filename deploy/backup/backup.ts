import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dumpDatabase, restoreDatabase } from './database-dump';
import { groupPlaces, placeGroups, type GroupPlaces } from './group-places';
import type { LogAddress } from './kafka';
import { dumpLog, restoreLog } from './log-dump';

export interface BackupSettings {
  readonly databaseUrl: string;
  /** Absent where the log is in the database: then the database is all there is. */
  readonly log: LogAddress | undefined;
  readonly replicationFactor: number;
}

interface Parts {
  readonly dir: string;
  readonly database: boolean;
  readonly log: boolean;
}

const files = (dir: string) => ({
  database: path.join(dir, 'database.ndjson.gz'),
  places: path.join(dir, 'places.json'),
  log: path.join(dir, 'log.ndjson.gz'),
});

/** Both while the network goes on. The log is dumped last: it may be newer than the database, never older. */
export async function takeBackup(settings: BackupSettings, { dir, database, log }: Parts): Promise<string[]> {
  mkdirSync(dir, { recursive: true });
  const to = files(dir);
  const said: string[] = [];
  if (database) {
    if (settings.log)
      writeFileSync(to.places, `${JSON.stringify(await groupPlaces(settings.log), null, 2)}\n`);
    said.push(`database: ${await dumpDatabase(settings.databaseUrl, to.database)} rows`);
  }
  if (log && settings.log) said.push(`log: ${await dumpLog(settings.log, to.log)} records`);
  return said;
}

/** Into an empty database and, with the log, an empty Kafka. Without the log, the groups are put back on the one that is there. */
export async function restoreBackup(
  settings: BackupSettings,
  { dir, database, log }: Parts,
): Promise<string[]> {
  const from = files(dir);
  const said: string[] = [];
  if (log && settings.log)
    said.push(`log: ${await restoreLog(settings.log, from.log, settings.replicationFactor)} records`);
  if (database) {
    said.push(`database: ${await restoreDatabase(settings.databaseUrl, from.database)} rows`);
    if (settings.log) {
      await placeGroups(settings.log, JSON.parse(readFileSync(from.places, 'utf8')) as GroupPlaces);
      said.push('groups: put back to where the dump was taken');
    }
  }
  return said;
}
